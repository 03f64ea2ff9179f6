import { z } from 'zod';

/** A session as another process tells it. */
export const inheritedSession = z.object({
  jid: z.string(),
  priority: z.int(),
  /** What its presence said, null where that is not known, and how long ago, in ms. */
  presence: z.string().nullable(),
  availableFor: z.number(),
});

export type InheritedSession = z.infer<typeof inheritedSession>;
