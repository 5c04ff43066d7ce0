// Sends a file of messages with grammY, as a program of its users would, and reports what it believes of each.
//
//   node grammy_sender.mjs bare|auto-retry|throttler --messages FILE --report FILE --api-root URL --token T --parallel N
//
//   bare        catch, sleep for 5 s, three tries
//   auto-retry  @grammyjs/auto-retry as it comes
//   throttler   the same, and @grammyjs/transformer-throttler as it comes
//
// N messages are on their way at once, taken from one queue in the file's order: what broadcast does too, so that only
// the way of dealing with refusals and failures differs. A request may take 10 s, broadcast's default; with grammY's own,
// 500 s, its rows would tell how long the server can be silent.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { autoRetry } from "@grammyjs/auto-retry";
import { apiThrottler } from "@grammyjs/transformer-throttler";
import { Api } from "grammy";

const tries = 3;
const pauseOfBare = 5_000;
const requestTimeoutSeconds = 10;

function readArguments() {
  const text = { type: "string" };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { messages: text, report: text, "api-root": text, token: text, parallel: text },
  });
  const [variant] = positionals;
  if (!["bare", "auto-retry", "throttler"].includes(variant)) {
    throw new Error(`${variant} is not a known sender; allowed: bare, auto-retry, throttler`);
  }
  for (const name of ["messages", "report", "api-root", "token", "parallel"]) {
    if (values[name] === undefined) throw new Error(`missing option --${name}`);
  }
  const root = new URL(values["api-root"]);
  if (root.hostname !== "127.0.0.1") {
    throw new Error(`--api-root: ${root.hostname} is not this machine; allowed: 127.0.0.1`);
  }
  const parallel = Number(values.parallel);
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new Error(`--parallel: ${values.parallel}; allowed: 1, 2, 3, ...`);
  }
  return { variant, messages: values.messages, report: values.report, root: values["api-root"], token: values.token, parallel };
}

function makeApi({ variant, root, token }) {
  const api = new Api(token, { apiRoot: root, timeoutSeconds: requestTimeoutSeconds });
  // What is installed last is outermost: retries go through the throttler as well.
  if (variant === "throttler") api.config.use(apiThrottler());
  if (variant !== "bare") api.config.use(autoRetry());
  return api;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function send(api, message, attempts) {
  for (let attempt = 1; ; ++attempt) {
    try {
      await api.sendMessage(message.chat, message.text);
      return { status: "delivered" };
    } catch (error) {
      // The Bot API has no id to recognise a message by: after an error nobody knows whether it was taken.
      if (attempt === attempts) return { status: "unknown", reason: error.message };
      await sleep(pauseOfBare);
    }
  }
}

const asked = readArguments();
const messages = readFileSync(asked.messages, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const api = makeApi(asked);
const verdicts = [];
let next = 0;

async function work() {
  while (next < messages.length) {
    const index = next++;
    const ended = await send(api, messages[index], asked.variant === "bare" ? tries : 1);
    verdicts[index] = { line: index + 1, id: messages[index].id, chat: messages[index].chat, ...ended };
  }
}

await Promise.all(Array.from({ length: asked.parallel }, work));
writeFileSync(asked.report, JSON.stringify({ messages: verdicts }));
// The throttler's timers would keep the process alive for a while.
process.exit(0);
