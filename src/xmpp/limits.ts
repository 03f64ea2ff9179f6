/** Deeper nesting than any XEP's is an attack on whoever reads it by recursion. */
export const DEEPEST = 100;
/** More elements than any message needs: to look through a hundred thousand holds up everybody else. */
export const MOST_ELEMENTS = 10_000;
/** Of one element; a candidate of XEP-0176, which has most of all, has a dozen. */
export const MOST_ATTRIBUTES = 100;
/** Of one stanza, in characters of what is written: sixteen times what ejabberd's sample config lets a client send. */
export const LARGEST = 1 << 22;
/** Of one tag or CDATA, in characters: it is read at once, and holds up everybody else for as long. */
export const LONGEST_TAG = 1 << 19;

export const TOO_DEEP = `nested deeper than ${DEEPEST} elements`;
export const TOO_MANY_ELEMENTS = `of more than ${MOST_ELEMENTS} elements`;
export const TOO_MANY_ATTRIBUTES = `with more than ${MOST_ATTRIBUTES} attributes in one element`;
export const TOO_LONG = `with a tag of more than ${LONGEST_TAG} characters`;
export const TOO_LARGE = `of more than ${LARGEST} characters`;
