//! What Prometheus, munin and Nagios call, called by them.

use std::fs;
use std::os::unix::fs::symlink;

use maillog_tests::{command, is_root, names_in, peer, root, run, scratch};

use super::{DAYS, Host, lacks_flock};

pub fn node_exporter() {
    let host = Host::new();
    let file = host.path("maillog.prom");
    let ran = host.run("node_exporter/maillog", &[file.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("maillog_mail_in_total{host=\"mail1\",source=\"qmail-send\"} 158\n"),
        "{text}"
    );
    assert_eq!(names_in(host.0.path()), ["bin", "maillog.prom", "rcpthosts", "settings"]);
    if let Some(promtool) = peer("promtool", "Prometheus' text format") {
        let checked = run(command(promtool).args(["check", "metrics"]), text.as_bytes());
        assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""));
    }
}

/// By hand, and by the program that munin-node calls plugins with.
pub fn munin() {
    if lacks_flock() {
        return;
    }
    let host = Host::new();
    host.nightly();
    let config = host.run("munin/maillog", &["config"]).succeeded().text();
    assert!(config.starts_with("graph_title "));
    let values = host.run("munin/maillog", &[]).succeeded().text();
    assert_eq!(values, "in.value 158\nout.value 33\nfailed.value 6\n");
    let caller = peer("munin-run", "the plugin of munin");
    let Some(caller) = caller.filter(|_| is_root("munin-run")) else { return };
    for folder in ["plugins", "conf.d"] {
        fs::create_dir(host.path(folder)).unwrap();
    }
    symlink(root().join("examples/munin/maillog"), host.path("plugins/maillog")).unwrap();
    let path = host.bare_example("munin/maillog");
    let path = path.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap();
    let settings = format!(
        "[maillog]\nuser root\nenv.PATH {}\nenv.DAY {}\nenv.settings {}\n",
        path.to_str().unwrap(),
        DAYS[1],
        host.path("settings").display()
    );
    fs::write(host.path("conf.d/maillog"), settings).unwrap();
    fs::write(host.path("node"), "user root\ngroup root\nlog_file /dev/null\n").unwrap();
    for (argument, expected) in [("config", config), ("", values)] {
        let mut call = command(&caller);
        call.arg("--ignore-systemd-properties").arg("--config").arg(host.path("node"));
        call.arg("--servicedir").arg(host.path("plugins"));
        call.arg("--sconfdir").arg(host.path("conf.d")).arg("maillog").arg(argument);
        let ran = run(&mut call, b"").succeeded();
        assert_eq!(ran.text(), expected);
    }
}

/// Its four answers; and the monitoring plugins' own program that runs a check reads them so.
pub fn nagios() {
    if lacks_flock() {
        return;
    }
    let host = Host::new();
    let check = |day: &str| {
        let mut check = host.example("nagios/check_maillog", &[]);
        let ran = run(check.env("DAY", day), b"");
        assert_eq!(ran.text().lines().count(), 1, "{ran:?}");
        (ran.code.unwrap(), ran.text())
    };
    assert_eq!(check(DAYS[1]), (3, "MAILLOG UNKNOWN: no database\n".to_owned()));
    let nothing = run(&mut host.bare_example("nagios/check_maillog"), b"");
    assert_eq!((nothing.code, nothing.err.as_str()), (Some(3), ""));
    for (settings, what) in [("x=1\n", "have no state"), ("x='1\n", "have a mistake")] {
        let folder = scratch();
        fs::write(folder.path().join("settings"), settings).unwrap();
        let mut check = host.bare_example("nagios/check_maillog");
        let ran = run(check.arg("./settings").current_dir(folder.path()), b"");
        let told = format!("MAILLOG UNKNOWN: the settings {what}\n");
        assert_eq!((ran.code, ran.text()), (Some(3), told));
    }
    host.nightly();
    let (code, warning) = check(DAYS[1]);
    assert!(code == 1 && warning.starts_with("MAILLOG WARNING: 2026-11-26: "), "{warning}");
    let later = (2, "MAILLOG CRITICAL: no row of 2026-11-27\n".to_owned());
    assert_eq!(check("2026-11-27"), later);
    fs::remove_dir_all(host.path("state")).unwrap();
    host.load_steady_days();
    assert_eq!(check(DAYS[0]), (0, "MAILLOG OK: 2026-11-25\n".to_owned()));

    let Some(negate) = peer("negate", "the check for Nagios") else { return };
    for (day, code) in [(DAYS[0], 3), ("2026-11-27", 1)] {
        let mut call = host.example("nagios/check_maillog", &[]);
        let check = call.get_program().to_owned();
        call.env("DAY", day);
        let mut through = command(&negate);
        through.envs(call.get_envs().filter_map(|(name, value)| Some((name, value?))));
        through.args(["--ok=UNKNOWN", "--critical=WARNING"]).arg(check).arg(host.path("settings"));
        assert_eq!(run(&mut through, b"").code, Some(code), "{day}");
    }
}
