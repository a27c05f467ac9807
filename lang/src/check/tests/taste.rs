//! The program that the language is introduced with.

use super::expect;

const TASTE: &str = r#"//! Watches a repository and publishes release notes that a person has approved.

enum Kind { Feature, Fix, Other }

record Change {
  hash: String
  kind: Kind
  /// One line, without the prefix.
  title: String
}

record Post { id: String, url: String, text: String }

record Notes { text: String }

tool git_log(repo: String, since: String) -> String {
  via exec { command: ["git", "-C", repo, "log", "--pretty=%h %s", "--end-of-options", "{since}..HEAD"] }
  readonly
}

tool publish(text: String) -> Post {
  via http {
    method: "POST", url: "{env.NOTES_URL}/posts",
    headers: ["Authorization": "Bearer {secret.NOTES_KEY}", "Idempotency-Key": call.key],
    body: json { text },
  }
  idempotent for 24h
  timeout 20s
  retry 5 backoff 500ms to 30s
  confirm get_post(result.id).text == text
  undo    delete_post(result.id)
}

tool get_post(id: String) -> Post { via http { url: "{env.NOTES_URL}/posts/{id}" }  readonly }
tool delete_post(id: String) -> Null { via http { method: "DELETE", url: "{env.NOTES_URL}/posts/{id}" }  idempotent always }
tool find_ticket(title: String) -> String? { via http { url: "{env.NOTES_URL}/tickets", query: ["q": title] }  readonly }

model writer { provider script, name "replies.json" }

prompt write_notes(changes: List<Change>, tickets: List<String?>) -> Notes {
  model writer
  user """
    Write release notes for {changes}, naming these tickets: {tickets}
    """
}

signal approval: Bool

fn classify(line: String) -> Change {
  let hash = line.slice(0, 7)
  let kind: Kind = match line {
    l if l.contains("feat") => .Feature
    l if l.contains("fix")  => .Fix
    _                       => .Other
  }
  Change { hash, kind, title: line.drop_prefix("{hash} ") }
}

agent release_notes(repo: String, since: String = "HEAD~20") -> String? {
  task log      = git_log(repo, since)
  task changes  = log.lines().map(l => classify(l))
  task tickets  = each c in changes, at most 4 { find_ticket(c.title) }
  task draft    = write_notes(changes, tickets)
  task approved = await approval ask "Publish these notes?" show draft within 2d else false
  task post when approved = publish(draft.text)
  return post?.url
}

test "nothing is published without approval" {
  given git_log(_, _) returns "abc1234 feat: a thing"
  given find_ticket(_) returns null
  given write_notes(_, _) returns Notes { text: "…" }
  answer approval false after 1h
  expect run release_notes("repo") == null
  expect calls(publish) == 0
}
"#;

#[test]
fn the_taste_checks_clean() {
    expect(TASTE);
}

#[test]
fn the_examples_check_clean() {
    expect(include_str!("../../../../examples/hello/main.aeth"));
    expect(include_str!("../../../../examples/release_notes/main.aeth"));
    expect(include_str!("../../../../examples/site_check/main.aeth"));
}
