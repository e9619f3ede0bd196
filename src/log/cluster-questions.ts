/**
 * Questions between the nodes of a cluster, over its news: a node asks all others and waits for a bounded time. Does not know
 * how news travels.
 */
import type { Logger } from "../logger.ts";

/** How long a question waits for answers: an answer takes milliseconds, except from a node that hangs. */
const ANSWER_MS = 1500;
const ASK = "ask";
const ANSWER = "answer";

interface OpenQuestion {
  waitsFor: Set<string>;
  answers: unknown[];
  /** So many answers are enough. */
  enough: number;
  finish: () => void;
}

interface Answers {
  answers: unknown[];
  silent: string[];
}

/** Creates the questions of a node. `others` lists the ids of the other nodes; `tell` sends news to all of them. */
export function createQuestions(
  tell: (kind: string, body: unknown) => void,
  others: () => string[],
  logger: Logger,
) {
  const open = new Map<string, OpenQuestion>();
  const answerers = new Map<string, (body: unknown) => unknown>();

  async function answer(to: string, kind: string, body: unknown): Promise<void> {
    try {
      tell(ANSWER, { to, value: await answerers.get(kind)?.(body) });
    } catch (err) {
      logger.error({ err, kind }, "a question of another node could not be answered");
    }
  }

  function settle(question: OpenQuestion, node: string): void {
    if (!question.waitsFor.delete(node)) return;
    if (question.waitsFor.size === 0 || question.answers.length >= question.enough) question.finish();
  }

  /** Asks every other node, and finishes after so many answers or when all have answered. */
  function ask(kind: string, body: unknown, enough = Infinity): Promise<Answers> {
    const waitsFor = new Set(others());
    const answers: unknown[] = [];
    if (waitsFor.size === 0) return Promise.resolve({ answers, silent: [] });
    const id = crypto.randomUUID();
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        open.delete(id);
        resolve({ answers, silent: [...waitsFor] });
      };
      const timer = setTimeout(finish, ANSWER_MS);
      open.set(id, { waitsFor, answers, enough, finish });
      tell(ASK, { id, kind, body });
    });
  }

  return {
    /** Asks every other node. Resolves to the answers that came in time, and the nodes that did not answer. */
    ask: (kind: string, body: unknown): Promise<Answers> => ask(kind, body),

    /**
     * Asks every other node what only one of them can answer. Resolves to the first answer, without waiting for the others: a
     * node that was killed is among them until its lease ends. Undefined when no answer came in time.
     */
    askFirst: async (kind: string, body: unknown): Promise<unknown> => (await ask(kind, body, 1)).answers[0],

    onQuestion: (kind: string, answerer: (body: unknown) => unknown): void =>
      void answerers.set(kind, answerer),

    /** Takes a piece of news that is a question or an answer. Returns false for other news. */
    take(kind: string, body: unknown, node: string): boolean {
      if (kind === ASK) {
        const question = body as { id: string; kind: string; body: unknown };
        void answer(question.id, question.kind, question.body);
      } else if (kind === ANSWER) {
        const { to, value } = body as { to: string; value?: unknown };
        const question = open.get(to);
        if (question?.waitsFor.has(node) && value !== undefined && value !== null)
          question.answers.push(value);
        if (question) settle(question, node);
      } else return false;
      return true;
    },

    /** Waits no longer for a node that is gone. */
    lose(node: string): void {
      for (const question of [...open.values()]) settle(question, node);
    },
  };
}
