# Small functions around curl for the first case in the README. Read in with: . docs/first_case.sh
URL=${URL:-http://127.0.0.1:8000}
USERS=${USERS:-.caseway/demo-users.json}

# as ROLE METHOD PATH [BODY]: one call, as the demo user who has that role
as() {
  token=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$USERS" "$1")
  curl -sS -X "$2" "$URL$3" -H "Authorization: Bearer $token" -H "Content-Type: application/json" ${4:+--data "$4"}
}

# pretty: an answer, laid out
pretty() {
  python3 -m json.tool --no-ensure-ascii
}

# standing: out of the answer to a call, where the case stands, or why the call was refused
standing() {
  python3 -c '
import json, sys
answer = json.load(sys.stdin)
for reason in answer.get("reasons", ()):
    print("refused:", reason["text"], "->", reason["remedy"])
for sop in answer.get("sops", {}).values():
    print(sop["title"] + ":", sop["state_title"])'
}

# steps ROLE SOP: what this role can do now in one SOP
steps() {
  as "$1" GET "/v1/cases/$CASE/steps" | python3 -c '
import json, sys
for step in json.load(sys.stdin)["open"]:
    if step["yours"] and step["sop"] == sys.argv[1]:
        print("%-10s  %-28s  %s" % (step["kind"], step["name"], step["title"]))' "$2"
}

# why STEP: why a step is not possible yet, and what would make it possible
why() {
  as case_manager GET "/v1/cases/$CASE/steps" | python3 -c '
import json, sys
for step in json.load(sys.stdin)["blocked"]:
    if step["name"] == sys.argv[1]:
        for reason in step["reasons"]:
            print("-", reason["text"])
            print("  ->", reason["remedy"])' "$1"
}

# clock SOP.NAME: one clock of the case
clock() {
  as case_manager GET "/v1/cases/$CASE" | python3 -c '
import json, sys
for clock in json.load(sys.stdin)["clocks"]:
    if clock["name"] == sys.argv[1]:
        law = clock["source"]
        print(clock["title"] + ":", clock["status"], "for", clock["budget"]["text"])
        print("counts from", clock["anchor"][:16] + ", over at", clock["due"][:16], "UTC")
        print("set by law:" if clock["legal"] else "our default:", law["law"] or law["document"], law["article"] or "")' "$1"
}

# timeline: what happened, in words
timeline() {
  as case_manager GET "/v1/cases/$CASE/timeline" | python3 -c '
import json, sys
for entry in json.load(sys.stdin)["entries"]:
    for one in entry["happened"]:
        print(entry["at"][:16].replace("T", " "), entry["role"] + ":", one["text"])'
}
