//! Files: what is done, and what no path reaches.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::super::exec::spawn_apart;
use super::super::fixture::{call, dispatch, grants};
use super::*;

/// `base/notes` is granted; `base/store` is the store; `base/outside` is neither.
struct World {
    _dir: tempfile::TempDir,
    base: PathBuf,
    grants: Grants,
}

impl World {
    fn new(list: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        for folder in ["notes/deep", "store", "outside"] {
            fs::create_dir_all(base.join(folder)).unwrap();
        }
        fs::write(base.join("outside/secret"), "s").unwrap();
        fs::write(base.join("store/aeth.db"), "db").unwrap();
        fs::write(base.join("aeth.toml"), "[allow]").unwrap();
        Self { grants: grants(&base, list), base, _dir: dir }
    }

    async fn ask(&self, op: FileOp, path: &str, text: Option<&str>) -> Result<String, (Verdict, Error)> {
        let request = CallRequest::File { op, path: path.into(), text: text.map(str::to_owned) };
        let secrets = Secrets::given([("KEY".to_owned(), "a-long-secret".to_owned())]);
        let store = self.base.join("store");
        let answer = dispatch(prepare(&call(request), &self.grants, &secrets, Some(&store))).await;
        match answer.reply {
            Ok(Reply::Json(json)) => {
                assert_eq!(answer.verdict, Verdict::Done);
                Ok(json)
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err((answer.verdict, error)),
        }
    }

    async fn kind(&self, op: FileOp, path: &str) -> ErrorKind {
        let (verdict, error) = self.ask(op, path, Some("x")).await.expect_err(path);
        assert_eq!(verdict, Verdict::NotDone, "{path}: {error:?}");
        error.kind
    }
}

const ALL: [FileOp; 6] =
    [FileOp::Read, FileOp::Write, FileOp::Append, FileOp::List, FileOp::Exists, FileOp::Delete];

#[tokio::test]
async fn every_operation() {
    let world = World::new("file=notes");
    let null = Ok("null".to_owned());
    assert_eq!(world.ask(FileOp::Write, "notes/a.md", Some("one\n")).await, null);
    assert_eq!(world.ask(FileOp::Write, "notes/a.md", Some("two\n")).await, null, "again, in its place");
    assert_eq!(world.ask(FileOp::Append, "notes/a.md", Some("three \"ä\"\n")).await, null);
    assert_eq!(world.ask(FileOp::Append, "notes/deep/b.md", Some("new")).await, null);
    assert_eq!(world.ask(FileOp::Read, "notes/a.md", None).await.unwrap(), r#""two\nthree \"ä\"\n""#);
    assert_eq!(
        world.ask(FileOp::List, "notes", None).await.unwrap(),
        r#"["a.md","deep"]"#,
        "no temporary files"
    );
    assert_eq!(world.ask(FileOp::Exists, "notes/a.md", None).await.unwrap(), "true");
    assert_eq!(world.ask(FileOp::Exists, "notes", None).await.unwrap(), "true");
    assert_eq!(world.ask(FileOp::Delete, "notes/a.md", None).await, null);
    assert_eq!(world.ask(FileOp::Delete, "notes/a.md", None).await, null, "gone is gone");
    assert_eq!(world.ask(FileOp::Delete, "notes/none/a.md", None).await, null);
    assert_eq!(world.ask(FileOp::Exists, "notes/a.md", None).await.unwrap(), "false");
    assert_eq!(world.ask(FileOp::Exists, "notes/none/a.md", None).await.unwrap(), "false");
}

#[tokio::test]
async fn permissions_are_kept() {
    let world = World::new("file=notes");
    let script = world.base.join("notes/run.sh");
    fs::write(&script, "").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o750)).unwrap();
    world.ask(FileOp::Write, "notes/run.sh", Some("x")).await.unwrap();
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o750);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let world = World::new("file=notes");
    let message = |answer: Result<String, (Verdict, Error)>| answer.unwrap_err().1.message;
    assert_eq!(message(world.ask(FileOp::Read, "notes/x", None).await), "\"notes/x\": there is no such file");
    let missing = format!("\"notes/no/x\": there is no folder {}/notes/no", world.base.display());
    assert_eq!(message(world.ask(FileOp::Write, "notes/no/x", Some("")).await), missing);
    assert_eq!(message(world.ask(FileOp::Append, "notes/no/x", Some("")).await), missing);
    assert_eq!(world.kind(FileOp::List, "notes/no").await, ErrorKind::NotFound);
}

#[tokio::test]
async fn only_regular_files_of_bounded_size_and_text() {
    let world = World::new("file=notes");
    let notes = world.base.join("notes");
    let fifo = notes.join("fifo");
    assert!(spawn_apart(|| std::process::Command::new("mkfifo").arg(&fifo).status()).unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(notes.join("socket")).unwrap();
    for odd in ["notes/fifo", "notes/socket", "notes/deep"] {
        for op in [FileOp::Read, FileOp::Write, FileOp::Append] {
            assert_eq!(world.kind(op, odd).await, ErrorKind::Rejected, "{op:?} {odd}");
        }
    }
    assert_eq!(world.kind(FileOp::Delete, "notes/deep").await, ErrorKind::Rejected);
    assert_eq!(world.kind(FileOp::Write, "notes").await, ErrorKind::Rejected);
    fs::write(notes.join("big"), vec![b'x'; 100_001]).unwrap();
    fs::write(notes.join("full"), vec![b'x'; 100_000]).unwrap();
    fs::write(notes.join("binary"), b"\xff").unwrap();
    assert_eq!(world.kind(FileOp::Read, "notes/big").await, ErrorKind::Limit);
    assert_eq!(world.ask(FileOp::Read, "notes/full", None).await.unwrap().len(), 100_002);
    assert_eq!(world.kind(FileOp::Read, "notes/binary").await, ErrorKind::Decode);
}

#[tokio::test]
async fn no_path_leads_out() {
    let world = World::new("file=notes");
    let notes = world.base.join("notes");
    symlink(world.base.join("outside/secret"), notes.join("absolute")).unwrap();
    symlink("../outside/secret", notes.join("relative")).unwrap();
    symlink("../outside", notes.join("folder")).unwrap();
    symlink("/dev/zero", notes.join("zero")).unwrap();
    let absolute = world.base.join("outside/secret");
    let paths = [
        "outside/secret",
        "notes/../outside/secret",
        "notes/deep/../../outside/secret",
        "notes/absolute",
        "notes/relative",
        "notes/folder/secret",
        "notes/zero",
        "/etc/passwd",
        absolute.to_str().unwrap(),
        "/proc/self/root/etc/passwd",
    ];
    for path in paths {
        for op in ALL {
            if op == FileOp::Delete && ["notes/absolute", "notes/relative", "notes/zero"].contains(&path) {
                continue; // A link of the folder itself may be deleted; what it points to stays.
            }
            let found = world.ask(op, path, Some("x")).await;
            assert!(found.is_err(), "{op:?} {path}: {found:?}");
        }
    }
    assert_eq!(world.ask(FileOp::Delete, "notes/absolute", None).await.unwrap(), "null");
    assert_eq!(fs::read_to_string(absolute).unwrap(), "s");
}

#[tokio::test]
async fn links_within_the_folder_are_fine() {
    let world = World::new("file=notes");
    fs::write(world.base.join("notes/deep/a"), "inside").unwrap();
    symlink("deep", world.base.join("notes/alias")).unwrap();
    symlink("deep/a", world.base.join("notes/a")).unwrap();
    for path in ["notes/alias/a", "notes/a"] {
        assert_eq!(world.ask(FileOp::Read, path, None).await.unwrap(), "\"inside\"");
    }
    assert_eq!(world.kind(FileOp::Write, "notes/a").await, ErrorKind::Rejected, "a link is not replaced");
}

#[tokio::test]
async fn neither_the_store_nor_the_project_file() {
    for list in ["file", "file=.", "file=store"] {
        let world = World::new(list);
        symlink("store", world.base.join("alias")).unwrap();
        symlink("aeth.toml", world.base.join("config")).unwrap();
        fs::hard_link(world.base.join("outside/secret"), world.base.join("outside/hard")).unwrap();
        for path in ["store/aeth.db", "store/new", "aeth.toml", "alias/aeth.db", "alias/new"] {
            for op in ALL.into_iter().filter(|&op| op != FileOp::List) {
                let (_, error) = world.ask(op, path, Some("x")).await.expect_err(path);
                let gone = op == FileOp::Read && path.ends_with("new");
                assert!(error.kind == ErrorKind::Denied || gone, "{list} {op:?} {path}: {error:?}");
            }
        }
        assert!(world.ask(FileOp::Read, "config", None).await.is_err());
        assert!(world.ask(FileOp::Append, "config", Some("x")).await.is_err());
        assert!(world.ask(FileOp::List, "store", None).await.is_err());
        assert!(world.ask(FileOp::List, "alias", None).await.is_err());
        assert_eq!(fs::read_to_string(world.base.join("aeth.toml")).unwrap(), "[allow]");
        assert_eq!(fs::read_to_string(world.base.join("store/aeth.db")).unwrap(), "db");
    }
}

#[tokio::test]
async fn secrets_in_files_are_redacted() {
    let world = World::new("file=notes");
    fs::write(world.base.join("notes/env"), "KEY=a-long-secret").unwrap();
    assert_eq!(world.ask(FileOp::Read, "notes/env", None).await.unwrap(), r#""KEY=[secret KEY]""#);
}

#[tokio::test]
async fn a_failed_write_leaves_the_old_text() {
    let world = World::new("file=notes");
    let long = format!("notes/{}", "x".repeat(300));
    assert_eq!(world.kind(FileOp::Write, &long).await, ErrorKind::Rejected);
    assert_eq!(world.ask(FileOp::List, "notes", None).await.unwrap(), r#"["deep"]"#);
}
