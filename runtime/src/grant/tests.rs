//! Grants: what is parsed, what is covered, what attacks are refused.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn grants(list: &str) -> Grants {
    let mut grants = Grants::new(Path::new("/")).unwrap();
    grants.allow_list(list).unwrap();
    grants
}

#[test]
fn a_list_is_parsed_and_printed() {
    let all = grants("exec=sh, net=api.example.com:443,net=[::1]:80,file=/tmp/,mcp=issues,model");
    assert_eq!(all.to_string(), "exec=sh,file=/tmp,net=api.example.com:443,net=[::1]:80,mcp=issues,model");
    assert!(all.exec.only[0].path.is_absolute());
    assert_eq!(grants("exec,exec,").to_string(), "exec");
}

#[test]
fn what_cannot_be_granted_is_said() {
    let mut grants = Grants::new(Path::new("/")).unwrap();
    let table = [
        ("git", "`git` cannot be allowed: write KIND or KIND=WHAT, with one of exec, file, net, mcp, model"),
        ("exec=", "`exec=` names nothing"),
        ("exec=no-such-command", "there is no command `no-such-command` in the folders of PATH"),
        ("exec=./none", "there is no command ./none"),
        (
            "net=https://a.com",
            "`https://a.com` is no host: write `net=api.example.com` or `net=127.0.0.1:8080`",
        ),
        ("file=/no/such", "the folder /no/such cannot be used: No such file or directory (os error 2)"),
        ("file=/etc/passwd", "/etc/passwd is no folder: grant the folder it lies in"),
    ];
    for (list, message) in table {
        assert_eq!(grants.allow_list(list).unwrap_err().0, message, "{list}");
    }
    assert_eq!(grants, Grants::new(Path::new("/")).unwrap());
}

#[test]
fn the_json_form_is_stable_and_strict() {
    let all = grants("exec=/bin/sh,net=a.com,file=/");
    let json = serde_json::to_string(&all).unwrap();
    assert_eq!(
        json,
        r#"{"base":"/","exec":{"all":false,"only":[{"command":"/bin/sh","path":"/bin/sh"}]},"net":{"all":false,"only":[{"host":"a.com"}]},"file":{"all":false,"only":[{"named":"/","folder":"/"}]},"mcp":{"all":false,"only":[]},"model":{"all":false,"only":[]}}"#
    );
    assert_eq!(serde_json::from_str::<Grants>(&json).unwrap(), all);
    assert!(serde_json::from_str::<Grants>(r#"{"exce":{}}"#).is_err());
}

#[test]
fn a_command_that_changed_its_place_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let tool = dir.path().join("tool");
    fs::write(&tool, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    let mut granted = Grants::new(dir.path()).unwrap();
    granted.allow_list("exec=./tool,exec=sh").unwrap();
    let path = granted.exec("./tool").unwrap();
    assert!(path.ends_with("tool"));
    assert_eq!(granted.exec(path.to_str().unwrap()).unwrap(), path, "by its path as well");

    granted.exec.only[1].path = "/elsewhere/sh".into();
    let moved = granted.exec("sh").unwrap_err();
    assert_eq!(moved.kind, ErrorKind::Denied);
    assert!(
        moved.message.starts_with("`sh` was /elsewhere/sh when it was granted and is now /"),
        "{}",
        moved.message
    );
    fs::remove_file(&tool).unwrap();
    assert_eq!(granted.exec("./tool").unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(
        granted.exec("cat").unwrap_err(),
        denied("`cat` may not be run: allow it with --allow exec=cat".into())
    );
}

#[test]
fn all_commands_are_pinned_where_they_are_known() {
    let mut all = grants("exec");
    all.pin(&[Need::Exec(Some("sh".into())), Need::Exec(None)]).unwrap();
    assert_eq!(all.exec.only.len(), 1);
    all.exec.only[0].path = "/elsewhere/sh".into();
    assert_eq!(all.exec("sh").unwrap_err().kind, ErrorKind::Denied);
    assert!(all.exec("cat").is_ok());
    assert!(all.pin(&[Need::Exec(Some("no-such-command".into()))]).is_err());
}

#[test]
fn addresses_behind_names() {
    let table = [
        ("net", "example.com", "1.1.1.1", true),
        ("net", "example.com", "127.0.0.1", false),
        ("net", "example.com", "10.0.0.1", false),
        ("net", "localhost", "127.0.0.1", false),
        ("net", "127.0.0.1", "127.0.0.1", false),
        ("net", "169.254.169.254", "169.254.169.254", false),
        ("net=localhost", "localhost", "127.0.0.1", true),
        ("net=localhost:80", "localhost", "::1", true),
        ("net=localhost:81", "localhost", "127.0.0.1", false),
        ("net=127.0.0.1", "127.0.0.1", "127.0.0.1", true),
        ("net,net=127.0.0.1:80", "rebound.example.com", "127.0.0.1", true),
        ("net=intra.corp", "intra.corp", "10.1.2.3", true),
        ("net=evil.com", "evil.com", "127.0.0.1", false),
        ("net=evil.com", "evil.com", "::ffff:127.0.0.1", false),
        ("net=evil.com", "evil.com", "169.254.169.254", false),
        ("net=169.254.169.254", "169.254.169.254", "169.254.169.254", true),
        ("net=a.com", "b.com", "1.1.1.1", false),
    ];
    for (list, host, address, allowed) in table {
        let granted = grants(list);
        let address: IpAddr = address.parse().unwrap();
        let found = granted.host(host, 80).and_then(|()| granted.address(host, address, 80));
        assert_eq!(found.is_ok(), allowed, "{list}: {host} at {address}: {found:?}");
        if let Err(error) = found {
            assert_eq!(error.kind, ErrorKind::Denied);
            let flag = error.message.rsplit("--allow ").next().unwrap();
            let granted = grants(&format!("net,{flag}"));
            assert!(granted.address(host, address, 80).is_ok(), "the flag {flag} helps");
        }
    }
}

#[test]
fn paths_beneath_folders() {
    let dir = tempfile::tempdir().unwrap();
    let base = fs::canonicalize(dir.path()).unwrap();
    fs::create_dir_all(base.join("notes/deep")).unwrap();
    symlink(base.join("notes"), base.join("alias")).unwrap();
    let mut granted = Grants::new(&base).unwrap();
    granted.allow_list("file=./notes,file=alias").unwrap();
    let notes = base.join("notes");
    for (path, rest) in [
        ("notes/a.md", "a.md"),
        ("./notes/deep/../b.md", "b.md"),
        ("alias/c.md", "c.md"),
        ("notes", ""),
        (notes.join("d").to_str().unwrap(), "d"),
    ] {
        assert_eq!(granted.file(path).unwrap(), (notes.clone(), rest.into()), "{path}");
    }
    for path in ["a.md", "notes/../a.md", "../x", "/etc/passwd", "notesx/a", "", "notes/\0"] {
        assert!(granted.file(path).is_err(), "{path:?}");
    }
    let refused = granted.file("other/a.md").unwrap_err().message;
    assert!(refused.ends_with(&format!("--allow file={}/other", base.display())), "{refused}");
    granted.allow_list("file").unwrap();
    assert_eq!(granted.file("/etc/passwd").unwrap(), ("/".into(), "etc/passwd".into()));
    assert_eq!(granted.file("notes/a.md").unwrap().0, notes, "the closest folder");
}

#[test]
fn needs_are_covered_or_named() {
    let needs = [
        Need::Exec(Some("sh".into())),
        Need::Exec(None),
        Need::Net(Some("api.example.com".parse().unwrap())),
        Need::Net(Some("127.0.0.1:8080".parse().unwrap())),
        Need::Net(None),
        Need::File,
        Need::Mcp("issues".into()),
    ];
    let flags: Vec<String> = grants("").missing(&needs).iter().map(ToString::to_string).collect();
    assert_eq!(
        flags,
        ["exec=sh", "exec", "net=api.example.com", "net=127.0.0.1:8080", "net", "file=.", "mcp=issues"]
    );
    assert_eq!(grants(&flags.join(",")).missing(&needs), []);
    assert_eq!(grants("exec,net,file,mcp").missing(&needs), [needs[3].clone()], "loopback by name only");
}
