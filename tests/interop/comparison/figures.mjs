// Reads what run.sh has gathered, prints the table and, below it, where another sender does better than broadcast.
//
//   node figures.mjs DIRECTORY RUNS
//
// DIRECTORY holds messages.jsonl and, for each run and sender, run-N/SENDER/ with server.jsonl (the server's log),
// report.json (the sender's own), audit.txt (the audit's findings) and seconds. Exit status: 1 if broadcast sent a
// message twice, lost one without a word, broke a wait, or failed the audit otherwise.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const senders = [
  { name: "broadcast", label: "broadcast (mend)", mend: true },
  { name: "paced", label: "broadcast, paced below the limits", mend: true },
  { name: "bare", label: "grammY, three tries" },
  { name: "auto-retry", label: "grammY + auto-retry" },
  { name: "throttler", label: "grammY + auto-retry + throttler" },
];

const faults = ["badGateway", "reset", "silence"];

const readLines = (file) => readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));

/// Sends into one chat that came less than a second after the one before: what a sender that paces does not do.
function countClose(sends) {
  const last = new Map();
  let close = 0;
  for (const { chat_id: chat, time } of sends) {
    if (time - (last.get(chat) ?? -Infinity) < 1000) ++close;
    last.set(chat, time);
  }
  return close;
}

function auditedWaits(text, file) {
  const found = /^ *sends too early +(\d+)/m.exec(text);
  if (!found) throw new Error(`${file}: the audit counted no sends`);
  return Number(found[1]);
}

function measure(directory, messages) {
  const sends = readLines(join(directory, "server.jsonl")).filter((line) => line.method === "sendMessage");
  const times = new Map(messages.map((message) => [message.text, 0]));
  for (const { text } of sends.filter((send) => send.delivered)) times.set(text, times.get(text) + 1);
  const verdicts = new Map();
  for (const verdict of JSON.parse(readFileSync(join(directory, "report.json"), "utf8")).messages) {
    verdicts.set(messages[verdict.line - 1].text, verdict.status);
  }
  const all = [...times];
  const named = all.filter(([text]) => verdicts.has(text) && verdicts.get(text) !== "delivered");
  const met = (fault) => sends.filter((send) => send.fault === fault).length;
  const auditFile = join(directory, "audit.txt");
  const audit = readFileSync(auditFile, "utf8");
  return {
    finished: Number(readFileSync(join(directory, "seconds"), "utf8")),
    arrived: all.filter(([, count]) => count > 0).length,
    refused: sends.filter((send) => send.status === 429).length,
    duringWait: auditedWaits(audit, auditFile),
    duplicates: all.reduce((sum, [, count]) => sum + Math.max(0, count - 1), 0),
    named: named.length,
    namedNotTaken: named.filter(([, count]) => count === 0).length,
    namedArrived: named.filter(([, count]) => count > 0).length,
    lost: all.filter(([text, count]) => count === 0 && (verdicts.get(text) ?? "delivered") === "delivered").length,
    badGateway: met("bad_gateway"),
    reset: met("reset_after"),
    silence: met("silence_after"),
    close: countClose(sends),
    verdict: audit.trimEnd().split("\n").at(-1),
  };
}

function spread(values) {
  const sorted = [...values].sort((left, right) => left - right);
  return { median: sorted[Math.floor(sorted.length / 2)], least: sorted[0], most: sorted.at(-1) };
}

const whole = (value) => String(value);
const seconds = (value) => `${value.toFixed(1)} s`;

function cell(rows, metric, print = whole) {
  const { median, least, most } = spread(rows.map((row) => row[metric]));
  return print(least) === print(most) ? print(median) : `${print(median)} (${print(least)} to ${print(most)})`;
}

const columns = [
  ["sender", (sender) => sender.label],
  ["finished in", (sender) => cell(sender.rows, "finished", seconds)],
  ["arrived", (sender) => cell(sender.rows, "arrived")],
  ["refused (429)", (sender) => cell(sender.rows, "refused")],
  ["sent during a wait", (sender) => cell(sender.rows, "duringWait")],
  ["duplicates", (sender) => cell(sender.rows, "duplicates")],
  ["named as failed or in doubt", (sender) => cell(sender.rows, "named")],
  ["of these arrived", (sender) => cell(sender.rows, "namedArrived")],
  ["lost without a word", (sender) => cell(sender.rows, "lost")],
  ["met 502 / reset / silence", (sender) => faults.map((fault) => cell(sender.rows, fault)).join(" / ")],
];

const legend = `
Arrived, refused, duplicates and what was met come from the server's log alone. Sent during a wait: more than 250 ms after a
429 whose wait covered the request, as far as the sender could know. Named: what the sender itself reports as failed or as
perhaps taken. Lost without a word: neither arrived nor named.
`;

function printTable(rows) {
  const table = [columns.map(([title]) => title), ...rows.map((sender) => columns.map(([, print]) => print(sender)))];
  const widths = columns.map((_, at) => Math.max(...table.map((cells) => cells[at].length)));
  const line = (cells) => `| ${cells.map((text, at) => text.padEnd(widths[at])).join(" | ")} |`;
  table.splice(1, 0, widths.map((width) => "-".repeat(width)));
  console.log(table.map(line).join("\n"));
}

const median = (sender, metric) => spread(sender.rows.map((row) => row[metric])).median;

/// Better than either row of mend, and why, as far as the figures tell.
function betterIn(peer, mend) {
  const compare = ({ metric, words, more = false, noise = 0, print = whole, why = () => "" }) => {
    const own = median(peer, metric);
    const gain = (other) => (more ? own - median(other, metric) : median(other, metric) - own);
    if (!mend.some((other) => gain(other) > noise)) return [];
    const others = mend.map((other) => `${other.name} ${print(median(other, metric))}`).join(", ");
    return [`${words} ${print(own)} (${others})${why()}`];
  };
  const paces = () =>
    mend.some((other) => median(other, "close") > median(peer, "close"))
      ? `, as it paces: of its requests ${median(peer, "close")} came less than a second after the one before into the same ` +
        `chat (${mend.map((other) => `${other.name} ${median(other, "close")}`).join(", ")})`
      : "";
  const repeats = () => {
    const twice = median(peer, "duplicates");
    return twice > 0 ? `, as it sends again what may have been taken: ${twice} came twice` : "";
  };
  const notTaken = () => {
    const counts = mend.map((other) => `${other.name} ${median(other, "namedNotTaken")}`).join(", ");
    return `${repeats()}; of those in doubt had not been taken: ${counts}`;
  };
  return [
    { metric: "finished", words: "finishes sooner:", noise: 0.5, print: seconds },
    { metric: "arrived", words: "gets more through:", more: true },
    { metric: "refused", words: "is refused less:", why: paces },
    { metric: "duringWait", words: "breaks fewer waits:" },
    { metric: "duplicates", words: "sends less twice:" },
    { metric: "named", words: "leaves fewer in doubt:", why: notTaken },
    { metric: "lost", words: "loses less:" },
  ].flatMap(compare);
}

function defects(sender) {
  return sender.rows.flatMap((row, at) => {
    const found = [
      [row.duplicates, "sent twice"],
      [row.lost, "lost without a word"],
      [row.duringWait, "sent during a wait"],
    ].flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
    if (row.verdict.startsWith("FAILED")) found.push(`the audit: ${row.verdict}`);
    return found.map((what) => `DEFECT: ${sender.label}, run ${at + 1}: ${what}`);
  });
}

const [directory, runs] = [process.argv[2], Number(process.argv[3])];
const messages = readLines(join(directory, "messages.jsonl"));
const results = senders.map((sender) => ({
  ...sender,
  rows: Array.from({ length: runs }, (_, at) => measure(join(directory, `run-${at + 1}`, sender.name), messages)),
}));
printTable(results);
console.log(legend);

const mend = results.filter((sender) => sender.mend);
const peers = results.filter((sender) => !sender.mend);
for (const peer of peers) {
  const better = betterIn(peer, mend);
  if (better.length > 0) console.log(`- ${peer.label} does better here: ${better.join("; ")}.`);
}
for (const sender of results) {
  const missed = faults.filter((fault) => sender.rows.some((row) => row[fault] === 0));
  if (missed.length > 0) console.log(`- ${sender.label} did not meet all faults: none of ${missed.join(", ")}.`);
}
const wrong = mend.flatMap(defects);
for (const line of wrong) console.log(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
