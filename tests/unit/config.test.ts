import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { buildConfig, loadConfig, showConfig } from "../../src/config.ts";
import { ConfigError, findTopicRule } from "../../src/topic-rules.ts";
import { createFolder } from "../support/folder.ts";

describe("the configuration", () => {
  test("is complete with nothing set", () => {
    const config = buildConfig({}, {});
    expect(config).toMatchObject({ port: 3000, host: "127.0.0.1", dataDir: "./data", durability: "fsync" });
    expect(config.topics).toEqual([
      {
        pattern: "lobby",
        title: "",
        guests: "write",
        users: "write",
        react: true,
        people: true,
        links: "allow",
        firstMessages: "allow",
        maxTextBytes: 8192,
        retainMessages: 1_000_000,
        retainDays: 0,
      },
    ]);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test("takes the file over defaults and the environment over the file", () => {
    const file = { port: 4000, max_text_bytes: 100, allowed_origins: ["https://a.example"] };
    const config = buildConfig(file, { PORT: "5000", KABAR_LOG_LEVEL: "warn" });
    expect(config).toMatchObject({
      port: 5000,
      maxTextBytes: 100,
      logLevel: "warn",
      allowedOrigins: ["https://a.example"],
    });
  });

  test("reads topics as tables, with the general retention as their default", () => {
    const config = buildConfig(
      { retain_days: 30, topics: { lobby: {}, news: { guests: "read", retain_messages: 10 }, "post-*": {} } },
      {},
    );
    expect(config.topics[1]).toMatchObject({
      pattern: "news",
      guests: "read",
      retainMessages: 10,
      retainDays: 30,
    });
    expect(findTopicRule(config.topics, "post-12")?.pattern).toBe("post-*");
    expect(findTopicRule(config.topics, "nowhere")).toBeUndefined();
  });

  test("keeps a topic's title as one clean line, and shows it again", () => {
    const titles = { lobby: "  The\n lobby \u202e", "post-*": "أخبار", help: "" };
    const topics = Object.fromEntries(Object.entries(titles).map(([name, title]) => [name, { title }]));
    const config = buildConfig({ topics }, {});
    expect(config.topics.map(({ title }) => title)).toEqual(["The lobby", "أخبار", ""]);
    expect(showConfig(config)).toContain('[topics."lobby"]\ntitle = "The lobby"\n');
    expect(showConfig(config)).toContain('[topics."help"]\nguests');
  });

  test("KABAR_TOPICS names topics and patterns in one line", () => {
    const config = buildConfig({}, { KABAR_TOPICS: "lobby, help post-*" });
    expect(config.topics.map(({ pattern }) => pattern)).toEqual(["lobby", "help", "post-*"]);
  });

  test("the exact name wins over patterns, the longer pattern over the shorter; names beyond the rule are no topics", () => {
    const config = buildConfig({ topics: { "*": {}, "a-*": {}, "a-b*": {}, "a-b": {} } }, {});
    const patternOf = (topic: string) => findTopicRule(config.topics, topic)?.pattern;
    expect([
      patternOf("a-b"),
      patternOf("a-bc"),
      patternOf("a-c"),
      patternOf("z"),
      patternOf("$control"),
    ]).toEqual(["a-b", "a-b*", "a-*", "*", undefined]);
  });

  test.each([
    [{ prot: 1 }, {}, /unknown key "prot"; allowed: port, host/],
    [{}, { KABAR_PROT: "1" }, /unknown variable KABAR_PROT; allowed: .*KABAR_DATA_DIR/],
    [{ port: 99_999 }, {}, /^port is 99999, must be a whole number from 0 to 65535\.$/],
    [{}, { PORT: "abc" }, /^PORT is "abc", must be a whole number from 0 to 65535\.$/],
    [{}, { KABAR_DURABILITY: "maybe" }, /^KABAR_DURABILITY is "maybe", must be one of fsync, os\.$/],
    [{ allowed_origins: ["example.com"] }, {}, /^allowed_origins is .* must be a list of origins like/],
    [{ topics: { "a b": {} } }, {}, /^topics: "a b" is not a topic or pattern/],
    [
      { topics: { lobby: { guests: "all" } } },
      {},
      /^topics\.lobby: guests: is "all", must be one of write, read, none\.$/,
    ],
    [
      { topics: { lobby: { guest: "all" } } },
      {},
      /^topics\.lobby: .*unknown key; allowed: title, guests, users, react/,
    ],
    ...["a\u202eb".repeat(40), "\u200b", "x".repeat(61), 7].map(
      (title) =>
        [
          { topics: { lobby: { title } } },
          {},
          /^topics\.lobby: title: is .*, must be at most 60 visible characters in one line\.$/,
        ] as [Record<string, unknown>, Record<string, string>, RegExp],
    ),
    [{ topics: ["lobby"] }, {}, /^topics must be tables like \[topics\.lobby\]\.$/],
    [{}, { KABAR_TOPICS: "lob/by" }, /^KABAR_TOPICS: "lob\/by" is not a topic/],
  ])("%j with %j is refused in one clear line", (file, env, message) => {
    expect(() => buildConfig(file, env)).toThrow(ConfigError);
    expect(() => buildConfig(file, env)).toThrow(message);
  });

  test("no error and no output of --check contains a secret", () => {
    expect(() => buildConfig({}, { KABAR_OPERATOR_KEY: "too short" })).toThrow(
      "KABAR_OPERATOR_KEY has a value that is not allowed, must be 16 to 200 characters without spaces, or empty.",
    );
    const shown = showConfig(buildConfig({}, { KABAR_OPERATOR_KEY: "0123456789abcdef0123" }));
    expect(shown).toContain('operator_key = "********"');
    expect(shown).not.toContain("0123456789");
  });

  test("log names one database or several, in the file as text or list, in the environment with spaces between", () => {
    const [a, b] = ["postgres://u:s3cret,word@db/a", "postgres://u:s3cret@db/b"];
    expect(buildConfig({}, {}).log).toEqual([]);
    expect(buildConfig({ log: a }, {}).log).toEqual([a]);
    expect(buildConfig({ log: [a, b] }, {}).log).toEqual([a, b]);
    const config = buildConfig({ log: a }, { KABAR_LOG: `${a} ${b}` });
    expect(config.log).toEqual([a, b]);
    expect(showConfig(config)).not.toContain("s3cret");
    expect(() => buildConfig({ log: [a, "mysql://u:s3cret@db/b"] }, {})).toThrow(
      "log has a value that is not allowed, must be an address like postgres://user:password@host/database, a list of them, or empty.",
    );
  });

  test("--check prints a kabar.toml with the same meaning", () => {
    const config = buildConfig({ port: 4000, topics: { "post-*": { guests: "read" } } }, {});
    expect(buildConfig(Bun.TOML.parse(showConfig(config)) as Record<string, unknown>, {})).toEqual(config);
  });

  test("a file that is missing or broken is named", async () => {
    const folder = createFolder();
    await Bun.write(join(folder, "broken.toml"), "port = = 3");
    expect(loadConfig({}, join(folder, "none.toml"))).rejects.toThrow(/none\.toml does not exist/);
    expect(loadConfig({}, join(folder, "broken.toml"))).rejects.toThrow(/broken\.toml: /);
  });
});
