//! The `sessions` of maillog-generate: sessions of tcpserver, dovecot and spamd, whose lines stand
//! between each other, as journalctl -o short-unix writes them.

use std::collections::VecDeque;
use std::io::{self, Write};

use super::{Dice, Log};

/// About how many sessions are open at once.
const OPEN: usize = 200;

/// The lines that are still to come of a session, without their heads.
type Lines = VecDeque<String>;

/// Sessions under way.
#[derive(Default)]
pub struct Sessions {
    open: Vec<Lines>,
    number: u64,
}

impl Sessions {
    /// The next line, at this second and microsecond.
    pub fn write(&mut self, log: &mut Log, unix: i64, micros: i64) -> io::Result<()> {
        while self.open.len() < OPEN {
            let session = self.session(log);
            self.open.push(session);
        }
        let bound = self.open.len() as u64;
        let at = usize::try_from(log.dice.below(bound)).unwrap_or(0);
        let words = self.open[at].pop_front().unwrap_or_default();
        if self.open[at].is_empty() {
            self.open.swap_remove(at);
        }
        log.line.clear();
        write!(log.line, "{unix}.{micros:06} mail {words}")
    }

    fn session(&mut self, log: &mut Log) -> Lines {
        self.number += 1;
        // no number is used again before its session is over
        let pid = 1_000 + self.number % 100_000;
        let (ip, port) = (address(&mut log.dice), 1_024 + log.dice.below(60_000));
        match log.dice.below(3) {
            0 => {
                let status = *log.dice.pick(&[0, 0, 0, 0, 256]);
                let name = log.domains.draw(&mut log.dice);
                VecDeque::from([
                    format!("tcpserver[77]: pid {pid} from {ip}"),
                    format!(
                        "tcpserver[77]: ok {pid} mail.example:192.0.2.9:25 {name}:{ip}::{port}"
                    ),
                    format!("tcpserver[77]: end {pid} status {status}"),
                ])
            }
            1 => {
                let (user, bytes) = (log.address(), log.dice.below(1 << 20));
                let (name, most) = (format!("{pid:08x}"), log.dice.below(4_000));
                let login = format!(
                    "dovecot[78]: imap-login: Login: user=<{user}>, method=PLAIN, rip={ip}, \
                     lip=192.0.2.9, mpid={pid}, TLS, session=<{name}>"
                );
                let end = format!(
                    "dovecot[78]: imap({user})<{pid}><{name}>: Logged out in={most} out={bytes} \
                     deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=1 \
                     body_bytes={bytes}"
                );
                VecDeque::from([login, end])
            }
            _ => {
                let (bytes, tenths) = (log.dice.below(1 << 17), log.dice.below(90));
                let spamd = format!("spamd[{pid}]: spamd:");
                VecDeque::from([
                    format!("{spamd} connection from localhost [{ip}]:{port} to port 783, fd 5"),
                    format!("{spamd} checking message <{pid}@mail.example> for mail:64011"),
                    format!(
                        "{spamd} clean message (0.{tenths}/5.0) for mail:64011 in 0.{tenths} \
                         seconds, {bytes} bytes."
                    ),
                    format!(
                        "{spamd} result: . 0 - HTML_MESSAGE,SPF_PASS scantime=0.{tenths},\
                         size={bytes},user=mail,uid=64011,required_score=5.0,rhost=localhost,\
                         raddr={ip},rport={port},mid=<{pid}@mail.example>,autolearn=no"
                    ),
                ])
            }
        }
    }
}

fn address(dice: &mut Dice) -> String {
    format!("192.0.{}.{}", dice.below(256), dice.below(256))
}
