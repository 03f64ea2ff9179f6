/** Copies a value out of the text that it was cut from: else V8 keeps all of that (64 KB) with it. */
export function ownCopy<Value>(value: Value): Value {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value);
}
