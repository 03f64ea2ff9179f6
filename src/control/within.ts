/**
 * Waits for work, but not for ever.
 * @param wait in ms
 * @param late makes the error where it takes longer
 * @throws what the work throws, or that error
 */
export async function within<T>(wait: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), wait);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
