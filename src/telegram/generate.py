#!/usr/bin/env python3
"""Makes the catalogue of Telegram's errors from errors.tsv: catalogue.inc for the compiler, ERRORS.md for readers.

generate.py               writes both
generate.py --check       writes nothing; fails when one of them is not what errors.tsv says
generate.py --merge FILE  adds the names of FILE (name, codes, separated by a tab) that are missing, undecided
"""

import collections
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
CATALOGUE = HERE.parents[1] / "include/mend/impl/telegram/catalogue.inc"
DATA = HERE / "errors.tsv"
COLUMNS = ["name", "codes", "category", "scope", "number", "delivery", "wait", "action", "decided"]
ALLOWED = {
    "category": "flood_wait rate_limit proxy connection auth temporary permanent slow_mode account_limited account_dead "
    "session_lost target_unavailable migrated stale duplicate".split(),
    "scope": "account method peer operation sending groups".split(),
    "number": "- seconds minutes unix_time data_centre stars index".split(),
    "delivery": "unknown not_sent sent by_code".split(),
    "action": "- wait reconnect rotate_proxy relogin refresh retry fail".split(),
}
SLOTS = {"seconds": "{seconds}", "minutes": "{minutes}", "unix_time": "{unix_time}"}


def read():
    lines = DATA.read_text(encoding="utf-8").splitlines()
    table = [line.split("\t") for line in lines if line and not line.startswith("#")]
    if not table or table[0] != COLUMNS:
        sys.exit(f"{DATA.name}: the first row must be: {' '.join(COLUMNS)}")
    errors = []
    for row in table[1:]:
        if len(row) != len(COLUMNS):
            sys.exit(f"{DATA.name}: {row[0]}: {len(row)} columns instead of {len(COLUMNS)}")
        errors.append(dict(zip(COLUMNS, row)))
    return errors


def check_rows(errors):
    complaints = []
    for error in errors:
        name = error["name"]
        if not re.fullmatch(r"own|suggested|family [a-z_]+", error["decided"]):
            complaints.append(f"{name}: nobody has decided it")
        complaints += [
            f"{name}: {column} is {error[column]!r}, not one of {', '.join(values)}"
            for column, values in ALLOWED.items()
            if error[column] not in values
        ]
        if not re.fullmatch(r"-|\d+", error["wait"]):
            complaints.append(f"{name}: wait is {error['wait']!r}, neither - nor seconds")
        if (name.count("{number}") == 1) != (error["number"] != "-"):
            complaints.append(f"{name}: one {{number}} in the name and a kind of number belong together")
        if not re.fullmatch(r"[A-Za-z0-9_ ]+", name.replace("{number}", "0")):
            complaints.append(f"{name}: not a name")
    names = [error["name"] for error in errors]
    complaints += [f"{name}: listed twice" for name, count in collections.Counter(names).items() if count > 1]
    if names != sorted(names):
        complaints.append("the names are not sorted")
    if complaints:
        sys.exit(f"{DATA.name}:\n  " + "\n  ".join(complaints))


def catalogue(errors):
    lines = ["// Made by generate.py from errors.tsv; do not edit."]
    for error in errors:
        pattern = error["name"].replace("{number}", SLOTS.get(error["number"], "{number}"))
        delivered = "{}" if error["delivery"] == "by_code" else f"delivery::{error['delivery']}"
        action = "{}" if error["action"] == "-" else f"action::{error['action']}"
        wait = "0" if error["wait"] == "-" else error["wait"]
        lines.append(
            f'{{"{pattern}", category::{error["category"]}, scope::{error["scope"]}, {delivered}, {action}, {wait}}},'
        )
    return "\n".join(lines) + "\n"


FORMS = """
## In which texts they are read

| client | forms |
|---|---|
| the API itself, TDLib | `FLOOD_WAIT_37` |
| Telethon | `A wait of 37 seconds is required (caused by SendMessageRequest)`, `FloodWaitError: ...`, `RPCError 420: FLOOD_WAIT_37`, `(FloodError(...), 'FLOOD_WAIT_37')`, `Could not find the input entity for ...` |
| Pyrogram and its forks | `Telegram says: [420 FLOOD_WAIT_X] - A wait of 37 seconds is required (caused by "messages.SendMessage")`, `FloodWait`, `PeerFlood`, `Waiting for 37 seconds before continuing (required by "messages.SendMessage")`, `KeyError: 'ID not found: 37'`, `Peer id invalid: 37` |
| grammers | `rpc error 420: FLOOD_WAIT caused by messages.sendMessage (value: 37)`, `RpcError { code: 420, name: "FLOOD_WAIT", value: Some(37), ... }` |
| gotd | `rpc error code 420: FLOOD_WAIT (37)`, `engine was closed`, `retryUntilAck: ...` |
| tgl (telegram-purple) | `RPC_CALL_FAIL 420: FLOOD_WAIT_37` |
| TLSharp | `Phone number registered to a different DC: 4` |
| GramJS, WTelegramClient, MadelineProto | `420: FLOOD_WAIT_37`, `{code: 420, errorMessage: 'FLOOD', seconds: 416}`, `FLOOD_WAIT_X`, `Error: TIMEOUT`, `This peer is not present in the internal peer database` |
| Bot API | `{"ok":false,"error_code":400,"description":"Bad Request: PEER_ID_INVALID"}`, `Too Many Requests: retry after 37` |
| python-telegram-bot | `Flood control exceeded. Retry in 37 seconds`, `Chat not found`, `Peer_id_invalid`, `BadRequest: Message is too long`, `InvalidToken: ...`, `telegram.error.BadRequest("Chat not found")` |
| aiogram | `Telegram server says - Bad Request: chat not found`, `TelegramRetryAfter('429: Too Many Requests: retry after 37')`, `TelegramUnauthorizedError: ...` |
| Telegram.Bot (.NET) | `ApiRequestException: "Forbidden: ..."`, `... does not indicate success: 409 (Conflict)` |
| grammY, node-telegram-bot-api, Telegraf | `Call to 'sendMessage' failed! (400: Bad Request: ...)`, `ETELEGRAM: 400 Bad Request: ...`, `TelegramError: 400: ...` |
| telebot, TelegramBots, tgbot-cpp and others | `telegram: Bad Request: ... (400)`, `Error code: 403. Description: Forbidden: ...`, `[429] Too Many Requests: ...`, `[Error : 429 : ...]`, `bad request: ...`, `forbidden: ...`, `api: 403 "Forbidden: ..."` |
| telegram-bot-ruby | `(ok: "false", error_code: "404", description: "Not Found")` |
| teloxide, laravel's channel, Guzzle, PHP | ``Unknown Error: `Bad Request: ...` ``, ``responded with an error `403 - Forbidden: ...` ``, ``resulted in a `502 Bad Gateway` response``, `with message 'Bad Request: ...'` |
| curl, PHP | `curl: (28) ...`, `cURL error 28: ...`, `Curl returned error 28: ...`: the number decides, whatever the words |
| Python and .NET on Windows, Delphi | `[WinError 10060] ...`, `SocketException (10060): ...`, `Error sending data: (12007) ...`: likewise, in any language |
| Node | `code: 'ECONNRESET'`, `code: 'UND_ERR_SOCKET'` |
| gateways | `504 Gateway Time-out`, `409 (Conflict)`, `400 BAD_REQUEST`, `(502, 'Bad Gateway')`, `status=502`, `status code 502`, `HTTP Error 400`, and a page of HTML by the status in its title or heading |

A name counts where a client puts the error, and nowhere else:

- Between quotation marks nothing is read, but for the first argument of an error class or tuple (`FloodWaitError('...')`,
  `('FLOOD_WAIT', 37)`), the one behind an error or its code (`(FloodError(...), '...')`, `Exception: (400, '...')`), what ends a
  line behind `SomeError: ` (but not `KeyError: `), the value of the keys name, message, error_message, errorMessage, description,
  errorDescription, error and err, and what `with message`, `responded with an error`, `resulted in a`, `Client error` and
  `Unknown Error:` introduce.
- The number beside a log's level is a process or thread and no code: `ERROR 426 --- [main]`, `[426] [ERROR]`, `bot[426]: `;
  `[ERROR] 429: ...`, `ERROR: 429` and `ERROR 502 Bad Gateway` are codes.
- In URLs, paths, `@names`, `#tags`, host and file names nothing is read, of an HTML page only the status that it names.
- A Bot API description quotes what senders and strangers have chosen. Of it the name is read if it is all there is behind
  `Bad Request: ` and its kin, sentences at its beginning, and the error that `failed to send message #N` quotes.
- The number is the name's own, the one in brackets right behind it, or told by a label (`value: 37`, `seconds: 37`,
  `retry_after=37.0`) or a sentence (`A wait of 37 seconds`, `DC 4`, `25 stars`). Of several waits the longest counts. Without a
  number the name counts all the same.
- The words proxy, socks, tunnel and connection, and what systems and libraries say of the network, are looked for only where
  Telegram has not answered: no code, no Bot API description.
"""


def document(errors):
    decided = collections.Counter(error["decided"] for error in errors)
    categories = collections.Counter(error["category"] for error in errors)
    lines = [
        "# Telegram's errors",
        "",
        f"What `mend::telegram::rules()` makes of each of the {len(errors)} error names that it knows. Made by"
        " `generate.py` from",
        "`errors.tsv`; do not edit. A name decides whatever code it comes with; *n* stands for a run of digits.",
        "",
        "| category | names |",
        "|---|---|",
        *(f"| {category} | {count} |" for category, count in categories.most_common()),
        "",
        "How they were decided: one by one (own), as the public catalogues suggest for a send (suggested), or with all",
        "names of a family:",
        "",
        "| decided | names |",
        "|---|---|",
        *(f"| {how} | {count} |" for how, count in sorted(decided.items())),
        "",
        *FORMS.strip().splitlines(),
        "",
        "## The names",
        "",
        "| name | codes | category | scope | *n* is | delivery | remark | decided |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for error in errors:
        remark = []
        if error["wait"] != "-":
            remark.append(f"wait {error['wait']} s")
        if error["action"] != "-":
            remark.append(f"action {error['action']}")
        cells = [
            error["name"].replace("{number}", "*n*").replace("_", "\\_"),
            error["codes"].replace(",", ", "),
            error["category"],
            error["scope"],
            error["number"].replace("_", " ").replace("-", ""),
            error["delivery"].replace("_", " "),
            ", ".join(remark),
            error["decided"],
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def merge(source):
    text = DATA.read_text(encoding="utf-8")
    known = {error["name"] for error in read()}
    head = [line for line in text.splitlines() if line.startswith("#")]
    rows = ["\t".join(error.values()) for error in read()]
    for line in pathlib.Path(source).read_text(encoding="utf-8").splitlines():
        name, codes = (line.split("\t") + ["-"])[:2]
        if name and not name.startswith("#") and name not in known:
            rows.append("\t".join([name, codes, "?", "?", "?", "?", "-", "-", "?"]))
    DATA.write_text("\n".join([*head, "\t".join(COLUMNS), *sorted(rows)]) + "\n", encoding="utf-8")


def main(arguments):
    if arguments[:1] == ["--merge"] and len(arguments) == 2:
        return merge(arguments[1])
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    errors = read()
    check_rows(errors)
    for path, text in ((CATALOGUE, catalogue(errors)), (HERE / "ERRORS.md", document(errors))):
        if not arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path.name} is not what {DATA.name} says: run generate.py")


if __name__ == "__main__":
    main(sys.argv[1:])
