//! Addresses and ports: `ip.…` and `port.…`.

use std::net::IpAddr;

use estate::truth::{Truth, Why};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Context, Function, Gives, Parameter};
use crate::types::Field;
use crate::value::{Text, V, entry_or_unread};

const TEXT: &[Parameter] = &[Parameter::Text];
const PARSED: &[(&str, Field)] = &[("address", Field::Text), ("prefix", Field::Int), ("version", Field::Int)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::plain("ip.is_public", TEXT, Gives::Bool, is_public),
    Function::plain("ip.is_private", TEXT, Gives::Bool, is_private),
    Function::plain("ip.covers", &[Parameter::Text, Parameter::Text], Gives::Bool, covers),
    Function::plain("ip.size", TEXT, Gives::Double, size),
    Function::plain("ip.parse", TEXT, Gives::Record(PARSED), parse),
    Function::plain(
        "port.covers",
        &[Parameter::Map, Parameter::Int, Parameter::Text],
        Gives::Bool,
        port_covers,
    )
    .with_optional(1)
    .on_partial(),
    Function::plain(
        "port.overlaps",
        &[Parameter::Map, Parameter::Int, Parameter::Int, Parameter::Text],
        Gives::Bool,
        port_overlaps,
    )
    .with_optional(1)
    .on_partial(),
];

/// A range, or an address as the range of only itself.
fn net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn with_net<'a>(value: &V<'a>, answer: impl Fn(IpNet) -> V<'a>) -> V<'a> {
    match value.as_text() {
        Some(text) => match net(text) {
            Some(net) => answer(net),
            None => V::error(format!("`{text}` is no address or range")),
        },
        None => V::error("expected an address or range"),
    }
}

/// Whether a range stands for the internet at large rather than for somebody's network: it is wider than any
/// block that one network was ever given. IANA gave out /8 blocks at the widest
/// (<https://www.iana.org/assignments/ipv4-address-space>); IPv6 registries get /12, their customers /19 and
/// smaller, so that anything wider than /16 is nobody's own.
fn is_public<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    if arguments[0].as_text() == Some("") {
        return V::Bool(false);
    }
    with_net(&arguments[0], |net| {
        V::Bool(match net {
            IpNet::V4(net) => net.prefix_len() < 8,
            IpNet::V6(net) => match mapped(net) {
                Some(inner) => inner.prefix_len() < 8,
                None => net.prefix_len() < 16,
            },
        })
    })
}

/// An IPv4 range written inside IPv6, such as `::ffff:0.0.0.0/96`.
fn mapped(net: Ipv6Net) -> Option<Ipv4Net> {
    let prefix = net.prefix_len().checked_sub(96)?;
    net.network().to_ipv4_mapped().and_then(|address| Ipv4Net::new(address, prefix).ok())
}

fn is_private<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    // RFC 1918, 6598, 3927 and loopback; RFC 4193, link-local and loopback.
    const PRIVATE: [&str; 9] = [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    ];
    if arguments[0].as_text() == Some("") {
        return V::Bool(false);
    }
    with_net(&arguments[0], |inner| {
        V::Bool(PRIVATE.iter().filter_map(|text| net(text)).any(|range| range.contains(&inner)))
    })
}

fn covers<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    with_net(&arguments[0], |outer| with_net(&arguments[1], |inner| V::Bool(outer.contains(&inner))))
}

fn size<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    with_net(&arguments[0], |net| V::Double(2f64.powi(i32::from(net.max_prefix_len() - net.prefix_len()))))
}

fn parse<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    with_net(&arguments[0], |net| {
        let version = if matches!(net, IpNet::V4(_)) { 4 } else { 6 };
        V::record([
            ("address", V::text(net.addr().to_string())),
            ("prefix", V::Int(i64::from(net.prefix_len()))),
            ("version", V::Int(version)),
        ])
    })
}

fn port_covers<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match arguments {
        [rule, port, protocol] => {
            port_overlaps(context, &[rule.clone(), port.clone(), port.clone(), protocol.clone()])
        }
        _ => port_overlaps(context, &[arguments[0].clone(), arguments[1].clone(), arguments[1].clone()]),
    }
}

/// Whether a rule lets any port of a range through. The rule is a security group rule (`IpProtocol`,
/// `FromPort`, `ToPort`) or a network ACL entry (`Protocol`, `PortRange`); protocol -1 means all protocols, and
/// then ports do not count.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>
fn port_overlaps<'a>(context: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let (V::Int(from), V::Int(to)) = (&arguments[1], &arguments[2]) else {
        return V::error("ports are whole numbers");
    };
    let wanted = match arguments.get(3) {
        None => "tcp",
        Some(V::Text(text)) => text.as_str(),
        Some(other) => return undecided(other).into(),
    };
    let (from, to) = (*from, *to);
    let field = |names: &[&'static str]| {
        names.iter().find_map(|name| read(context, &arguments[0], name)).unwrap_or(V::Null)
    };
    let range = field(&["PortRange"]);
    let port = |plain, nested| match &range {
        V::Null => field(&[plain]),
        V::Node(_) | V::Map(_) => {
            entry_or_unread(&range, &V::Text(Text::Borrowed(nested))).unwrap_or(V::Null)
        }
        other => other.clone(),
    };
    let parts = [field(&["IpProtocol", "Protocol"]), port("FromPort", "From"), port("ToPort", "To")];
    crate::value::lift(&parts, &mut |parts| {
        rule_overlaps(&parts[0], &parts[1], &parts[2], (from, to), wanted)
    })
}

/// A property of a rule: an element of a group, or a resource that is a rule by itself.
fn read<'a>(context: &Context<'a>, rule: &V<'a>, name: &'static str) -> Option<V<'a>> {
    match rule {
        V::Resource(id) => {
            let properties = &context.estate.get(*id).properties;
            match (properties.get(name), &properties.rest) {
                (Some(node), _) => Some(V::of(node)),
                (None, Some(why)) => Some(V::unknown(Why::of(why))),
                (None, None) => None,
            }
        }
        _ => entry_or_unread(rule, &V::Text(Text::Borrowed(name))),
    }
}

fn rule_overlaps<'a>(protocol: &V<'a>, low: &V<'a>, high: &V<'a>, wanted: (i64, i64), name: &str) -> V<'a> {
    let protocol = match protocol {
        V::Int(-1) => return V::Bool(true),
        V::Int(number) => Truth::from(number.to_string() == number_of(name)),
        V::Text(text) if text.as_str() == "-1" || text.as_str().eq_ignore_ascii_case("all") => {
            return V::Bool(true);
        }
        V::Text(text) => Truth::from(number_of(text.as_str()).eq_ignore_ascii_case(number_of(name))),
        other => undecided(other),
    };
    let bound = |value: &V, open: i64| match value {
        // A rule without ports, or with -1, is a rule for all of them.
        V::Null | V::Int(-1) => Ok(open),
        V::Int(port) => Ok(*port),
        V::Text(text) => text.as_str().parse().map_err(|_| undecided(value)),
        other => Err(undecided(other)),
    };
    let ports = match (bound(low, 0), bound(high, 65_535)) {
        (Ok(low), Ok(high)) => Truth::from(low <= wanted.1 && wanted.0 <= high),
        // One bound alone may already rule the ports out, unless the other turns out to be -1 for all.
        (Err(open), Ok(_)) | (Ok(_), Err(open)) => open,
        (Err(a), Err(b)) => a.and(b),
    };
    // An unknown protocol may be -1, for which the ports do not count.
    match protocol {
        open @ Truth::Unknown(_) => open,
        decided => decided.and(ports),
    }
    .into()
}

fn undecided(value: &V) -> Truth {
    match value {
        V::Unknown(why, _) => Truth::Unknown(why.clone()),
        V::Partial(partial) => {
            let mut why = Why::default();
            partial.holes().for_each(|hole| why.add(&Why::of(hole)));
            Truth::Unknown(why)
        }
        _ => V::error("a protocol or port that is neither a number nor a name").truth(),
    }
}

/// A protocol's number as text; other names stand for themselves. Names are ASCII, in capitals or not.
/// <https://www.iana.org/assignments/protocol-numbers>
fn number_of(protocol: &str) -> &str {
    let numbers = [("tcp", "6"), ("udp", "17"), ("icmp", "1"), ("icmpv6", "58")];
    let known = numbers.into_iter().find(|(name, _)| protocol.eq_ignore_ascii_case(name));
    known.map_or(protocol, |(_, number)| number)
}
