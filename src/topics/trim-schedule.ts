/**
 * The schedule of retention: for each topic the time and the offset at which messages expire next, so that a sweep touches
 * only those topics. Pure; removes nothing itself.
 */

/** When a topic is next trimmed: at a time in milliseconds since 1970, or when its newest offset passes `offset`. */
export interface Due {
  at: number;
  offset: number;
}

export class TrimSchedule {
  readonly #due = new Map<string, Due>();
  /** Topics of the next sweep whatever their time is. */
  #toCheck = new Set<string>();

  /** Notes a new entry: a topic that now has too many entries is in the next sweep. */
  noteEntry(topic: string, offset: number): void {
    const known = this.#due.get(topic);
    if (!known || offset > known.offset) this.#toCheck.add(topic);
  }

  /** Adds a topic to the next sweep. */
  add(topic: string): void {
    this.#toCheck.add(topic);
  }

  /** Sets when a topic is trimmed next. */
  set(topic: string, due: Due): void {
    this.#due.set(topic, due);
  }

  /** Forgets a topic that no longer exists. */
  delete(topic: string): void {
    this.#due.delete(topic);
  }

  /** Starts a sweep: takes the topics that were added. Those that a sweep does not reach stay for the next one. */
  *takeAdded(): Generator<string> {
    const added = this.#toCheck;
    this.#toCheck = new Set();
    try {
      for (const topic of added) {
        added.delete(topic);
        yield topic;
      }
    } finally {
      for (const topic of added) this.#toCheck.add(topic);
    }
  }

  /** The topics whose time has come; undefined for each other topic, so that a long walk can give way. */
  *dueBy(isDue: (atMs: number) => boolean): Generator<string | undefined> {
    for (const [topic, { at }] of this.#due) yield isDue(at) ? topic : undefined;
  }
}
