/**
 * Presence of a cluster: what the sessions of this node do reaches the presence of all nodes, and the other way round. A node
 * tells joins, leaves and typing a few times a second, topics with many users by their count only, and everything when
 * another node asks. The users of a node that is gone leave.
 */
import type { Cluster } from "../log/cluster.ts";
import type { User } from "../model.ts";
import type { Presence } from "./presence.ts";
import { MAX_LISTED } from "./roster.ts";

/** Changes wait this long for more. */
const GATHER_MS = 250;
/** Users in one piece of news. */
const USERS_AT_ONCE = 500;
const KIND = "people";

/** The news of one topic. `count` stands for all users of the node there; `isWhole`: `here` are all of them. */
interface TopicNews {
  topic: string;
  count?: number;
  isWhole?: true;
  here?: User[];
  gone?: string[];
  typing?: string[];
  quiet?: string[];
}
/** `isStart`: what the node told before is void. */
interface PeopleNews {
  isStart?: true;
  topics: TopicNews[];
}

interface Change {
  users: Set<string>;
  typing: Set<string>;
  quiet: Set<string>;
}

/** A user of this node in a topic. `isTyping`: other nodes were told. */
interface Present {
  user: User;
  sessions: number;
  isTyping: boolean;
}

/** What another node told of a topic: its users there, or their count. */
interface RemoteTopic {
  users: Map<string, User>;
  count: number;
}

/** The sessions of this node, and what the other nodes know of them. */
class LocalPeople {
  readonly #topics = new Map<string, Map<string, Present>>();
  /** Topics that other nodes know by their count. */
  readonly #crowds = new Set<string>();
  #changes = new Map<string, Change>();

  join(topic: string, user: User): void {
    const users = this.#topics.get(topic) ?? new Map<string, Present>();
    this.#topics.set(topic, users);
    const present = users.get(user.id);
    if (present) present.sessions += 1;
    else {
      users.set(user.id, { user, sessions: 1, isTyping: false });
      this.#changeOf(topic).users.add(user.id);
    }
  }

  leave(topic: string, userId: string): void {
    const users = this.#topics.get(topic);
    const present = users?.get(userId);
    if (!users || !present) return;
    present.sessions -= 1;
    if (present.sessions > 0) return;
    users.delete(userId);
    if (users.size === 0) this.#topics.delete(topic);
    const change = this.#changeOf(topic);
    change.users.add(userId);
    change.typing.delete(userId);
  }

  rename(topic: string, user: User): void {
    const present = this.#topics.get(topic)?.get(user.id);
    if (!present) return;
    present.user = user;
    this.#changeOf(topic).users.add(user.id);
  }

  /** Returns whether to tell it. Other nodes do not list a user who is shadow-banned or one of a crowd. */
  type(topic: string, userId: string): boolean {
    const users = this.#topics.get(topic);
    const present = users?.get(userId);
    if (!users || !present || users.size > MAX_LISTED) return false;
    present.isTyping = true;
    const { typing, quiet } = this.#changeOf(topic);
    typing.add(userId);
    quiet.delete(userId);
    return true;
  }

  /** Returns whether to tell it: other nodes show the user as typing. */
  stopTyping(topic: string, userId: string): boolean {
    const present = this.#topics.get(topic)?.get(userId);
    if (!present?.isTyping) return false;
    present.isTyping = false;
    const { typing, quiet } = this.#changeOf(topic);
    typing.delete(userId);
    quiet.add(userId);
    return true;
  }

  /** The change of a topic that will be told next. */
  #changeOf(topic: string): Change {
    const change = this.#changes.get(topic) ?? { users: new Set(), typing: new Set(), quiet: new Set() };
    this.#changes.set(topic, change);
    return change;
  }

  /** Takes the changes since the last call. */
  takeChanges(): TopicNews[] {
    const changes = this.#changes;
    this.#changes = new Map();
    return Array.from(changes, ([topic, change]) => this.#newsOf(topic, change));
  }

  /** Everything, for a node that knows nothing. */
  all(): TopicNews[] {
    return Array.from(this.#topics.keys(), (topic) => this.#wholeOf(topic));
  }

  #wholeOf(topic: string): TopicNews {
    const users = this.#topics.get(topic) ?? new Map<string, Present>();
    if (users.size > MAX_LISTED) {
      this.#crowds.add(topic);
      return { topic, count: users.size };
    }
    this.#crowds.delete(topic);
    return { topic, isWhole: true, here: Array.from(users.values(), ({ user }) => user) };
  }

  #newsOf(topic: string, { users: changed, typing, quiet }: Change): TopicNews {
    const users = this.#topics.get(topic);
    const signs = {
      ...(typing.size > 0 ? { typing: [...typing] } : {}),
      ...(quiet.size > 0 ? { quiet: [...quiet] } : {}),
    };
    if (changed.size > 0 && ((users?.size ?? 0) > MAX_LISTED || this.#crowds.has(topic)))
      return { ...this.#wholeOf(topic), ...signs };
    const here = [...changed].flatMap((id) => users?.get(id)?.user ?? []);
    const gone = [...changed].filter((id) => !users?.has(id));
    return {
      topic,
      ...(here.length > 0 ? { here } : {}),
      ...(gone.length > 0 ? { gone } : {}),
      ...signs,
    };
  }
}

/** The users of other nodes, as far as they were told: what is applied to the presence can be taken back. */
function createRemotePeople(presence: Presence, onUser: (user: User) => void) {
  /** By node, then by topic. A topic without users and count is not kept. */
  const nodes = new Map<string, Map<string, RemoteTopic>>();

  function remove(topic: string, users: Map<string, User>, id: string): void {
    const user = users.get(id);
    if (user && users.delete(id)) presence.leave(topic, user);
  }

  function setCount(node: string, topic: string, told: RemoteTopic, count: number): void {
    if (told.count !== count) presence.setElsewhere(topic, node, count);
    told.count = count;
  }

  function removeAll(topic: string, { users }: RemoteTopic): void {
    for (const id of [...users.keys()]) remove(topic, users, id);
  }

  function forget(node: string): void {
    for (const [topic, told] of nodes.get(node) ?? []) {
      removeAll(topic, told);
      setCount(node, topic, told, 0);
    }
    nodes.delete(node);
  }

  function keep(node: string, topic: string, told: RemoteTopic): void {
    const topics = nodes.get(node) ?? new Map<string, RemoteTopic>();
    if (told.users.size > 0 || told.count > 0) nodes.set(node, topics.set(topic, told));
    else if (topics.delete(topic) && topics.size === 0) nodes.delete(node);
  }

  function add(topic: string, users: Map<string, User>, user: User): void {
    const known = users.get(user.id);
    users.set(user.id, user);
    onUser(user);
    if (!known) presence.join(topic, user);
    else if (!Bun.deepEquals(known, user)) presence.rename(topic, user);
  }

  return {
    forget,

    apply(node: string, { topic, count, isWhole, here = [], gone = [], typing = [], quiet = [] }: TopicNews) {
      const told = nodes.get(node)?.get(topic) ?? { users: new Map<string, User>(), count: 0 };
      if (isWhole || count !== undefined) {
        removeAll(topic, told);
        setCount(node, topic, told, count ?? 0);
      }
      for (const user of here) add(topic, told.users, user);
      for (const id of gone) remove(topic, told.users, id);
      keep(node, topic, told);
      for (const id of typing) presence.typing(topic, id);
      for (const id of quiet) presence.stopTyping(topic, { id, name: "", role: "guest" });
    },
  };
}

/** News in pieces of a bounded number of users. A topic is never divided: it lists few users or none. */
function* inPieces(topics: readonly TopicNews[]): Generator<TopicNews[]> {
  let piece: TopicNews[] = [];
  let users = 0;
  for (const topic of topics) {
    piece.push(topic);
    users += 1 + (topic.here?.length ?? 0) + (topic.gone?.length ?? 0);
    if (users < USERS_AT_ONCE) continue;
    yield piece;
    piece = [];
    users = 0;
  }
  if (piece.length > 0) yield piece;
}

/**
 * Makes a node's presence that of its cluster. Returns a presence for the sessions of this node. `onUser` is called with each
 * user that another node tells.
 */
export function sharePresence(
  presence: Presence,
  cluster: Cluster,
  onUser: (user: User) => void,
  later: (callback: () => void, ms: number) => unknown = setTimeout,
): Presence {
  const local = new LocalPeople();
  const remote = createRemotePeople(presence, onUser);
  let isWaiting = false;

  function tell(topics: readonly TopicNews[], isStart: boolean): void {
    let start: { isStart?: true } = isStart ? { isStart: true } : {};
    if (isStart && topics.length === 0) cluster.tell(KIND, { ...start, topics: [] } satisfies PeopleNews);
    for (const piece of inPieces(topics)) {
      cluster.tell(KIND, { ...start, topics: piece } satisfies PeopleNews);
      start = {};
    }
  }

  function tellSoon(): void {
    if (isWaiting) return;
    isWaiting = true;
    later(() => {
      isWaiting = false;
      tell(local.takeChanges(), false);
    }, GATHER_MS);
  }

  cluster.onStateWanted(() => {
    local.takeChanges();
    tell(local.all(), true);
  });
  cluster.onNews(KIND, (body, node) => {
    const { isStart, topics } = body as PeopleNews;
    if (isStart) remote.forget(node);
    for (const topic of topics) remote.apply(node, topic);
  });
  cluster.onGone(remote.forget);

  return {
    ...presence,

    join(topic, user) {
      presence.join(topic, user);
      local.join(topic, user);
      tellSoon();
    },
    leave(topic, user) {
      presence.leave(topic, user);
      local.leave(topic, user.id);
      tellSoon();
    },
    rename(topic, user) {
      presence.rename(topic, user);
      local.rename(topic, user);
      tellSoon();
    },
    typing(topic, userId) {
      presence.typing(topic, userId);
      if (local.type(topic, userId)) tellSoon();
    },
    stopTyping(topic, user) {
      presence.stopTyping(topic, user);
      if (local.stopTyping(topic, user.id)) tellSoon();
    },
  };
}
