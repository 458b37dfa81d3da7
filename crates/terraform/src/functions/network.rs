//! Addresses and ranges of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{ANY, Context, Function};
use crate::eval::Result;
use crate::value::{Kind, Node, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    // OpenTofu has it: https://opentofu.org/docs/language/functions/cidrcontains/
    Function::of("cidrcontains", (2, 2), Kind::Bool, contains),
    Function::of("cidrhost", (2, 2), Kind::Text, host),
    Function::of("cidrnetmask", (1, 1), Kind::Text, netmask),
    Function::of("cidrsubnet", (3, 3), Kind::Text, subnet),
    Function::of("cidrsubnets", (1, ANY), Kind::List, subnets),
];

/// A range of addresses. Invariant: `length` is at most `width`, and the bits behind it are zero.
#[derive(Clone, Copy)]
struct Range {
    bits: u128,
    length: u32,
    /// 32 or 128.
    width: u32,
}

/// All bits behind the first `length` of `width`.
fn behind(length: u32, width: u32) -> u128 {
    match width - length {
        128 => u128::MAX,
        count => (1u128 << count) - 1,
    }
}

fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

fn shown(bits: u128, width: u32) -> String {
    if width == 32 { Ipv4Addr::from(bits as u32).to_string() } else { Ipv6Addr::from(bits).to_string() }
}

impl Range {
    fn parse(text: &str) -> Option<Range> {
        let (address, length) = text.split_once('/')?;
        let (bits, width) = bits(address.parse().ok()?);
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let length = length.parse::<u32>().ok().filter(|length| *length <= width)?;
        Some(Range { bits: bits & !behind(length, width), length, width })
    }

    fn show(&self) -> String {
        format!("{}/{}", shown(self.bits, self.width), self.length)
    }

    fn last(&self) -> u128 {
        self.bits | behind(self.length, self.width)
    }
}

fn range(context: &Context, node: &Node) -> Result<Range> {
    let text = context.text(node)?;
    Range::parse(&text)
        .ok_or_else(|| context.fault(format!("`{text}` is no range of addresses such as `10.0.0.0/16`")))
}

fn contains(context: &Context, arguments: &[Node]) -> Result<Value> {
    let outer = range(context, &arguments[0])?;
    let text = context.text(&arguments[1])?;
    let inner = match (Range::parse(&text), text.parse::<IpAddr>()) {
        (Some(inner), _) => inner,
        (None, Ok(address)) => {
            let (bits, width) = bits(address);
            Range { bits, length: width, width }
        }
        (None, Err(_)) => return Err(context.fault(format!("`{text}` is no address or range of addresses"))),
    };
    if outer.width != inner.width {
        return Err(context.fault("an IPv4 and an IPv6 range have nothing in common"));
    }
    Ok(Value::Bool(outer.bits <= inner.bits && inner.last() <= outer.last()))
}

/// <https://developer.hashicorp.com/terraform/language/functions/cidrhost>
fn host(context: &Context, arguments: &[Node]) -> Result<Value> {
    let range = range(context, &arguments[0])?;
    let number = context.int(&arguments[1])?;
    let most = behind(range.length, range.width);
    // A negative number counts from the end, -1 being the last.
    let index = if number < 0 {
        let back = u128::from(number.unsigned_abs());
        most.checked_sub(back - 1)
    } else {
        let forward = u128::from(number.unsigned_abs());
        Some(forward).filter(|forward| *forward <= most)
    };
    match index {
        Some(index) => Ok(Value::text(shown(range.bits | index, range.width))),
        None => Err(context.fault(format!("`{}` has no host number {number}", range.show()))),
    }
}

fn netmask(context: &Context, arguments: &[Node]) -> Result<Value> {
    let range = range(context, &arguments[0])?;
    if range.width != 32 {
        return Err(context.fault("only an IPv4 range has a netmask"));
    }
    Ok(Value::text(shown(u128::from(u32::MAX) & !behind(range.length, 32), 32)))
}

/// <https://developer.hashicorp.com/terraform/language/functions/cidrsubnet>
fn subnet(context: &Context, arguments: &[Node]) -> Result<Value> {
    let range = range(context, &arguments[0])?;
    let (more, number) = (context.int(&arguments[1])?, context.int(&arguments[2])?);
    let length = longer(context, &range, more)?;
    let number =
        u128::try_from(number).map_err(|_| context.fault("the number of a subnet is not negative"))?;
    let count = length - range.length;
    if count < 128 && number >> count != 0 {
        return Err(context.fault(format!("{count} bits do not hold a subnet numbered {number}")));
    }
    // No bits are left to shift where the whole address is the prefix of nothing.
    let moved = number.checked_shl(range.width - length).unwrap_or(0);
    Ok(Value::text(Range { bits: range.bits | moved, length, width: range.width }.show()))
}

fn longer(context: &Context, range: &Range, more: i64) -> Result<u32> {
    let length = u32::try_from(more).ok().and_then(|more| range.length.checked_add(more));
    match length.filter(|length| *length <= range.width) {
        Some(length) => Ok(length),
        None => Err(context.fault(format!("`{}` cannot be extended by {more} bits", range.show()))),
    }
}

/// <https://developer.hashicorp.com/terraform/language/functions/cidrsubnets>
fn subnets(context: &Context, arguments: &[Node]) -> Result<Value> {
    let range = range(context, &arguments[0])?;
    let mut next = Some(range.bits);
    let mut made = Vec::with_capacity(arguments.len());
    for argument in &arguments[1..] {
        let more = context.int(argument)?;
        if more < 1 {
            return Err(context.fault("a subnet has at least one bit more"));
        }
        // Terraform's own limit.
        if more > 32 {
            return Err(context.fault("a subnet has at most 32 bits more"));
        }
        let length = longer(context, &range, more)?;
        let size = behind(length, range.width);
        // The first place behind the last one that is a multiple of the size.
        let start =
            next.and_then(|next| if next & size == 0 { Some(next) } else { (next | size).checked_add(1) });
        let start = start.filter(|start| *start <= range.last() && range.bits <= *start);
        let Some(bits) = start else {
            let message = format!("`{}` has no room for another subnet of {length} bits", range.show());
            return Err(context.fault(message));
        };
        let subnet = Range { bits, length, width: range.width };
        made.push(Node::new(Value::text(subnet.show()), argument.span));
        next = subnet.last().checked_add(1);
    }
    Ok(Value::list(made))
}
