//! Grants of `net`: which hosts, and which addresses a name may lead to.
//!
//! - `net` alone allows every host whose address is public.
//! - `net=HOST` or `net=HOST:PORT` allows one host (`*.example.com`: its subdomains), and private addresses (10/8,
//!   172.16/12, 192.168/16, 100.64/10, fc00::/7) behind that name.
//! - Loopback needs `net=localhost` or the address itself (`net=127.0.0.1:8080`, `net=[::1]`), link-local addresses
//!   (cloud metadata among them) and everything reserved need the address itself: a public name whose owner points
//!   it there does not reach them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A host that may be reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NetGrant {
    /// A name in lower case, `*.name`, or an address.
    pub host: String,
    /// Only this port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

impl NetGrant {
    /// Whether a host, as it stands in a parsed URL, is meant.
    #[must_use]
    pub fn covers(&self, host: &str, port: u16) -> bool {
        if self.port.is_some_and(|only| only != port) {
            return false;
        }
        let host = host_text(host);
        match self.host.strip_prefix("*.") {
            Some(parent) => {
                host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            None => self.host == host,
        }
    }
}

impl FromStr for NetGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let broken = || format!("`{text}` is no host: write `net=api.example.com` or `net=127.0.0.1:8080`");
        let (host, port) = if let Ok(address) = text.parse::<Ipv6Addr>() {
            (address.to_string(), None)
        } else if let Some(rest) = text.strip_prefix('[') {
            let (inside, after) = rest.split_once(']').ok_or_else(broken)?;
            let address: Ipv6Addr = inside.parse().map_err(|_| broken())?;
            let port = after.strip_prefix(':').map(str::to_owned);
            if port.is_none() && !after.is_empty() {
                return Err(broken());
            }
            (address.to_string(), port)
        } else {
            match text.split_once(':') {
                Some((host, port)) => (host.to_owned(), Some(port.to_owned())),
                None => (text.to_owned(), None),
            }
        };
        let port = port.map(|port| port.parse().map_err(|_| broken())).transpose()?;
        let name = host.strip_prefix("*.").unwrap_or(&host);
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || (name.parse::<IpAddr>().is_err() && !name.chars().all(allowed)) {
            return Err(broken());
        }
        // The spelling of URLs: international names in their ASCII form.
        let star = if name.len() < host.len() { "*." } else { "" };
        let bracketed = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
        let url = reqwest::Url::parse(&format!("http://{bracketed}/")).map_err(|_| broken())?;
        Ok(Self { host: format!("{star}{}", host_text(url.host_str().ok_or_else(broken)?)), port })
    }
}

impl fmt::Display for NetGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracket = self.host.contains(':');
        let (open, close) = if bracket { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// A host of a URL in the form of grants: lower case, no brackets, no trailing dot, addresses in one spelling.
#[must_use]
pub fn host_text(host: &str) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => bare.strip_suffix('.').unwrap_or(bare).to_lowercase(),
    }
}

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The internet.
    Public,
    /// A private network.
    Private,
    /// This machine.
    Loopback,
    /// Link-local (cloud metadata), multicast, unspecified, reserved.
    Special,
}

impl Reach {
    /// Where an address leads.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let [a, b, c, _] = address.octets();
        match (a, b, c) {
            (127, ..) => Self::Loopback,
            (10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Self::Private,
            (0, ..)
            | (169, 254, _)
            | (192, 0, 0 | 2)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113) => Self::Special,
            (224.., ..) => Self::Special,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if address.is_loopback() {
            return Self::Loopback;
        }
        let s = address.segments();
        let inner = |high: u16, low: u16| {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            Ipv4Addr::new(a, b, c, d)
        };
        match s {
            [0, 0, 0, 0, 0, 0, 0, 0] => Self::Special,
            // An IPv4 address in IPv6 clothes leads where the IPv4 address leads: mapped, NAT64, 6to4.
            [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                Self::of_v4(inner(high, low))
            }
            [0x2002, high, low, ..] => Self::of_v4(inner(high, low)),
            [0xfc00..=0xfdff, ..] => Self::Private,
            // Global unicast is 2000::/3; documentation and Teredo within it lead nowhere good.
            [0x2001, 0 | 0xdb8, ..] => Self::Special,
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Special,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_addresses_lead() {
        let table = [
            ("1.1.1.1", Reach::Public),
            ("172.32.0.1", Reach::Public),
            ("100.128.0.1", Reach::Public),
            ("2606:4700::1111", Reach::Public),
            ("10.0.0.1", Reach::Private),
            ("172.16.0.1", Reach::Private),
            ("192.168.1.1", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("fd00::1", Reach::Private),
            ("::ffff:10.0.0.1", Reach::Private),
            ("127.0.0.1", Reach::Loopback),
            ("127.8.8.8", Reach::Loopback),
            ("::1", Reach::Loopback),
            ("::ffff:127.0.0.1", Reach::Loopback),
            ("64:ff9b::7f00:1", Reach::Loopback),
            ("2002:7f00:1::", Reach::Loopback),
            ("169.254.169.254", Reach::Special),
            ("::ffff:169.254.169.254", Reach::Special),
            ("fe80::1", Reach::Special),
            ("0.0.0.0", Reach::Special),
            ("::", Reach::Special),
            ("::7f00:1", Reach::Special),
            ("224.0.0.1", Reach::Special),
            ("255.255.255.255", Reach::Special),
            ("192.0.2.1", Reach::Special),
            ("198.18.0.1", Reach::Special),
            ("ff02::1", Reach::Special),
            ("2001:db8::1", Reach::Special),
        ];
        for (address, expected) in table {
            assert_eq!(Reach::of(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn hosts_and_ports() {
        let table = [
            ("api.example.com", "api.example.com", 443, true),
            ("API.example.com", "api.example.com.", 80, true),
            ("api.example.com", "evil.com", 443, false),
            ("api.example.com", "api.example.com.evil.com", 443, false),
            ("api.example.com:443", "api.example.com", 443, true),
            ("api.example.com:443", "api.example.com", 8443, false),
            ("*.example.com", "a.b.example.com", 443, true),
            ("*.example.com", "example.com", 443, false),
            ("*.example.com", "evilexample.com", 443, false),
            ("127.0.0.1:8080", "127.0.0.1", 8080, true),
            ("[::1]:8080", "[::1]", 8080, true),
            ("::1", "[0:0:0:0:0:0:0:1]", 1, true),
            ("bücher.example", "xn--bcher-kva.example", 443, true),
        ];
        for (grant, host, port, covered) in table {
            let parsed: NetGrant = grant.parse().unwrap();
            assert_eq!(parsed.covers(host, port), covered, "{grant} {host}:{port}");
            assert_eq!(parsed.to_string().parse::<NetGrant>().unwrap(), parsed, "{grant}");
        }
    }

    #[test]
    fn no_hosts() {
        for text in
            ["", "https://a.com", "a.com/x", "a:b", "a:99999", "a:1:2", "[::1", "[::1]x", "u@h", "a b", "*."]
        {
            assert!(text.parse::<NetGrant>().is_err(), "{text}");
        }
    }
}
