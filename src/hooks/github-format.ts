/**
 * Payloads of GitHub's webhooks (and of Gitea's and Forgejo's, which have their shape): short lines for pushes, pull requests,
 * issues, reviews, releases and workflow runs; one line for every other event.
 */
import { type Loose, objectOf, objectsOf, textAt, textOf } from "./loose-json.ts";
import { type Posting, shorten } from "./posting.ts";

/** Commits of a push that get a line of their own. */
const MAX_COMMITS = 5;
const MAX_TITLE = 200;
const MAX_QUOTE = 280;

/** The words of an event: the line, and what else the message has. */
interface Said {
  line: string;
  more?: string[];
  link?: string;
  icon?: string;
  priority?: number;
}

type Say = (payload: Loose, who: string) => Said;

const subject = (text: string): string => shorten(text.split("\n", 1)[0]?.trim() ?? "", MAX_TITLE);
const wordOf = (action: string): string => action.replaceAll("_", " ");
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** A text of somebody as quoted lines, shortened. */
const quote = (text: string): string[] =>
  text === "" ? [] : [`> ${shorten(text, MAX_QUOTE).replaceAll("\n", "\n> ")}`];

/** An issue or a pull request by its number and its title. */
const named = (thing: Loose): string => `#${textOf(thing.number)} ${subject(textOf(thing.title))}`;

const isFailure = (conclusion: string): boolean =>
  ["failure", "timed_out", "startup_failure", "error"].includes(conclusion);

/** The words of a run: of a workflow, a check, a job. */
function sayRun(run: Loose, what: string, branch: string): Said {
  const conclusion = textOf(run.conclusion);
  const isDone = conclusion !== "";
  const failed = isFailure(conclusion);
  const icon = failed ? "❌" : conclusion === "success" ? "✅" : "⏳";
  const name = textOf(run.name) || what;
  const on = branch === "" ? "" : ` on ${branch}`;
  return {
    line: `${what} **${name}**${on}: ${wordOf(isDone ? conclusion : textOf(run.status) || "started")}`,
    more: [subject(textAt(run, "head_commit", "message") || textOf(run.display_title))],
    link: textOf(run.html_url),
    icon,
    ...(failed ? { priority: 4 } : {}),
  };
}

const sayPush: Say = (payload, who) => {
  const ref = textOf(payload.ref);
  const branch = ref.replace(/^refs\/(?:heads|tags)\//, "");
  const what = ref.startsWith("refs/tags/") ? "tag" : "branch";
  if (payload.deleted === true) return { line: `${who} deleted ${what} **${branch}**`, icon: "🗑️" };
  const commits = objectsOf(payload.commits);
  const link = textOf(payload.compare) || textOf(payload.compare_url);
  if (commits.length === 0 && payload.created === true)
    return { line: `${who} created ${what} **${branch}**`, link, icon: "🌱" };
  const verb = payload.forced === true ? "force-pushed" : "pushed";
  return {
    line: `${who} ${verb} ${count(commits.length, "commit")} to **${branch}**`,
    more: [
      ...commits
        .slice(0, MAX_COMMITS)
        .map(
          ({ id, message, author }) =>
            `- \`${textOf(id).slice(0, 7)}\` ${subject(textOf(message))} (${textAt(author, "name") || textAt(author, "username")})`,
        ),
      commits.length > MAX_COMMITS ? `… and ${count(commits.length - MAX_COMMITS, "more commit")}` : "",
    ],
    link,
    icon: "📦",
  };
};

const sayPullRequest: Say = (payload, who) => {
  const request = objectOf(payload.pull_request);
  const action = textOf(payload.action);
  const merged = action === "closed" && request.merged === true;
  const verb = merged
    ? "merged"
    : action === "synchronize" || action === "synchronized"
      ? "pushed to"
      : wordOf(action);
  const link = textOf(request.html_url);
  const line = `${who} ${verb} pull request **${named(request)}**`;
  return action === "opened"
    ? { line, more: quote(textOf(request.body)), link, icon: "🔀" }
    : { line, link, icon: merged ? "🟣" : "🔀" };
};

const sayIssue: Say = (payload, who) => {
  const issue = objectOf(payload.issue);
  const action = textOf(payload.action);
  const line = `${who} ${wordOf(action)} issue **${named(issue)}**`;
  const label = textAt(payload, "label", "name") || textAt(payload, "assignee", "login");
  return {
    line: label === "" || !/label|assign/.test(action) ? line : `${line}: ${label}`,
    more: action === "opened" ? quote(textOf(issue.body)) : [],
    link: textOf(issue.html_url),
    icon: action === "closed" ? "✔️" : "🐛",
  };
};

const sayComment: Say = (payload, who) => {
  const thing = objectOf(payload.issue ?? payload.pull_request ?? payload.discussion);
  const on = textOf(thing.title) === "" ? "a commit" : `**${named(thing)}**`;
  const action = textOf(payload.action);
  const verb = action === "created" || action === "" ? "commented on" : `${action} a comment on`;
  const comment = objectOf(payload.comment);
  return {
    line: `${who} ${verb} ${on}`,
    more: action === "deleted" ? [] : quote(textOf(comment.body)),
    link: textOf(comment.html_url),
    icon: "💬",
  };
};

const sayReview: Say = (payload, who) => {
  const review = objectOf(payload.review);
  const state = textOf(review.state).toLowerCase();
  const verb =
    { approved: "approved", changes_requested: "requested changes on" }[state] ??
    `reviewed (${wordOf(state || textOf(payload.action))})`;
  return {
    line: `${who} ${verb} pull request **${named(objectOf(payload.pull_request))}**`,
    more: quote(textOf(review.body)),
    link: textOf(review.html_url),
    icon: state === "approved" ? "✅" : "👀",
  };
};

const sayRelease: Say = (payload, who) => {
  const release = objectOf(payload.release);
  const name = textOf(release.name) || textOf(release.tag_name);
  const action = textOf(payload.action);
  return {
    line: `${who} ${wordOf(action)} release **${name}**`,
    more: action === "published" || action === "released" ? quote(textOf(release.body)) : [],
    link: textOf(release.html_url),
    icon: "🚀",
  };
};

const sayRef =
  (verb: string): Say =>
  (payload, who) => ({ line: `${who} ${verb} ${textOf(payload.ref_type)} **${textOf(payload.ref)}**` });

/** The words of each event that has its own. */
const SAY: Record<string, Say> = {
  ping: (payload) => ({
    line: `GitHub's webhook works${textOf(payload.zen) === "" ? "" : `: ${textOf(payload.zen)}`}`,
    icon: "👋",
  }),
  push: sayPush,
  pull_request: sayPullRequest,
  issues: sayIssue,
  issue_comment: sayComment,
  commit_comment: sayComment,
  discussion_comment: sayComment,
  pull_request_review_comment: sayComment,
  pull_request_review: sayReview,
  release: sayRelease,
  workflow_run: ({ workflow_run }) =>
    sayRun(objectOf(workflow_run), "Workflow", textAt(workflow_run, "head_branch")),
  workflow_job: ({ workflow_job }) =>
    sayRun(objectOf(workflow_job), "Job", textAt(workflow_job, "head_branch")),
  check_run: ({ check_run }) =>
    sayRun(objectOf(check_run), "Check", textAt(check_run, "check_suite", "head_branch")),
  check_suite: ({ check_suite }) =>
    sayRun(objectOf(check_suite), "Checks", textAt(check_suite, "head_branch")),
  deployment_status: ({ deployment_status, deployment }) => {
    const state = textAt(deployment_status, "state");
    return {
      line: `Deployment to **${textAt(deployment, "environment")}**: ${wordOf(state)}`,
      link: textAt(deployment_status, "target_url"),
      icon: isFailure(state) ? "❌" : "🚢",
      ...(isFailure(state) ? { priority: 4 } : {}),
    };
  },
  create: sayRef("created"),
  delete: sayRef("deleted"),
  fork: (payload, who) => ({
    line: `${who} forked the repository to ${textAt(payload, "forkee", "full_name")}`,
    link: textAt(payload, "forkee", "html_url"),
  }),
  star: (payload, who) => ({
    line: `${who} ${payload.action === "deleted" ? "took back a star" : "gave a star"}`,
    icon: "⭐",
  }),
};

/** The line of an event without words of its own: its name, its action, and the first thing in it that has a title and an address. */
function sayUnknown(event: string, payload: Loose, who: string): Said {
  const action = wordOf(textOf(payload.action));
  const thing = Object.values(payload)
    .slice(0, 50)
    .map(objectOf)
    .find((inner) => textOf(inner.title) !== "" || textOf(inner.name) !== "");
  const title = subject(textOf(thing?.title) || textOf(thing?.name));
  const words = [`${who}:`, wordOf(event || "event"), action, title === "" ? "" : `**${title}**`];
  return { line: words.filter((word) => word !== "").join(" "), link: textOf(thing?.html_url) };
}

/** The message of an event; `event` is the header X-GitHub-Event. */
export function readGitHub(event: string, payload: Loose): Posting {
  const who =
    textAt(payload, "sender", "login") ||
    textAt(payload, "pusher", "name") ||
    textAt(payload, "sender", "username") ||
    "Somebody";
  const say = Object.hasOwn(SAY, event) ? SAY[event] : undefined;
  const {
    line,
    more = [],
    link,
    icon,
    priority,
  } = say ? say(payload, who) : sayUnknown(event.slice(0, 60), payload, who);
  const place = textAt(payload, "repository", "full_name") || textAt(payload, "organization", "login");
  return {
    title: place || undefined,
    link: link || textAt(payload, "repository", "html_url") || undefined,
    icon,
    priority,
    lines: [line, ...more],
  };
}
