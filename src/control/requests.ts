import { z } from 'zod';

/** A request that gets one reply. What it takes is checked as it comes; the reply is the daemon's own word. */
interface Single<Takes, Reply> {
  readonly takes: z.ZodType<Takes>;
  readonly streams: false;
  /** Of the type alone. */
  readonly reply?: Reply;
}

/** A request after which items come until the asker goes. */
interface Following<Takes, Item> {
  readonly takes: z.ZodType<Takes>;
  readonly streams: true;
  readonly item?: Item;
}

const request = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const takes = z.object(shape);
  return {
    gives: <Reply>(): Single<z.infer<typeof takes>, Reply> => ({ takes, streams: false }),
    streams: <Item>(): Following<z.infer<typeof takes>, Item> => ({ takes, streams: true }),
  };
};

/** What may be asked of a running daemon: one entry each here, and its answer among the handlers that it is given. */
export const REQUESTS = {
  /** Has a device be no known one any more. Was it one? */
  'forget-device': request({ account: z.string(), resource: z.string() }).gives<boolean>(),
};

type Requests = typeof REQUESTS;
type NamesOf<Kind> = { [Name in keyof Requests]: Requests[Name] extends Kind ? Name : never }[keyof Requests];

export type SingleName = NamesOf<{ streams: false }>;
export type FollowingName = NamesOf<{ streams: true }>;
export type Takes<Name extends keyof Requests> = z.infer<Requests[Name]['takes']>;
export type Reply<Name extends SingleName> = Requests[Name] extends { reply?: infer Given } ? Given : never;
export type Item<Name extends FollowingName> = Requests[Name] extends { item?: infer Given } ? Given : never;

/** Answers a request. Its error's message is told to whoever asked. */
export type Handler<Name extends SingleName> = (takes: Takes<Name>) => Promise<Reply<Name>>;
/** Gives items from now on. Returns what ends it. */
export type Source<Name extends FollowingName> = (
  takes: Takes<Name>,
  give: (item: Item<Name>) => void,
) => () => void;

export type Handlers = { [Name in SingleName]: Handler<Name> } & { [Name in FollowingName]: Source<Name> };

/** A line from the daemon. `missed`: so many items were left out, for they were not read fast enough. */
export type FromDaemon =
  | { reply: unknown }
  | { error: string }
  | { following: true }
  | { item: unknown }
  | { missed: number };
