//! `Fn::Cidr`: subnets of a range.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html>

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use document::Tree;
use estate::value::{Kind, Node, Reason, Value};
use ipnet::IpNet;

use crate::eval::Evaluator;

// Limit: CloudFormation's own: a count between 1 and 256.
const COUNT_MAX: u32 = 256;

pub(crate) fn evaluate(evaluator: &Evaluator, tree: &Tree, argument: &Tree) -> Node {
    let items = argument.items();
    if !(2..=3).contains(&items.len()) {
        return evaluator.wrong(tree, "`Fn::Cidr` takes a block, a count and the number of host bits");
    }
    let values: Vec<Value> =
        items.iter().filter_map(|item| evaluator.value(item)).map(|node| node.value).collect();
    let block = values.first().and_then(Value::as_text).and_then(|text| text.parse::<IpNet>().ok());
    let count = values.get(1).and_then(whole);
    // IPv6 has no default in the documentation; 64 host bits are what a subnet takes.
    let bits = match values.get(2) {
        Some(value) => whole(value),
        None => block.map(|net| if matches!(net, IpNet::V4(_)) { 8 } else { 64 }),
    };
    match (block, count, bits) {
        (Some(block), Some(count), Some(bits)) => match subnets(block, count, bits) {
            Some(subnets) => {
                let item =
                    |net: IpNet| Node { value: Value::Text(Arc::from(net.to_string())), span: tree.span };
                Node {
                    value: Value::List(Box::new(subnets.into_iter().map(item).collect())),
                    span: tree.span,
                }
            }
            None => evaluator.wrong(tree, "`Fn::Cidr` asks for more subnets than fit into the block"),
        },
        _ if values.iter().all(Value::is_known) => {
            evaluator.wrong(tree, "`Fn::Cidr` takes a block, a count and the number of host bits")
        }
        _ => {
            let reason = Reason::Stated(Arc::from("the block of `Fn::Cidr` is not known"));
            evaluator.unknown(tree, reason, Kind::List)
        }
    }
}

fn whole(value: &Value) -> Option<u32> {
    match value {
        Value::Int(i) => u32::try_from(*i).ok(),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn subnets(block: IpNet, count: u32, bits: u32) -> Option<Vec<IpNet>> {
    if !(1..=COUNT_MAX).contains(&count) {
        return None;
    }
    let width: u32 = if matches!(block, IpNet::V4(_)) { 32 } else { 128 };
    let prefix = width.checked_sub(bits)?;
    let room = prefix.checked_sub(u32::from(block.prefix_len()))?;
    if room < 32 && u64::from(count) > 1u64 << room {
        return None;
    }
    (0..count)
        .map(|i| {
            let address = match block.network() {
                IpAddr::V4(base) => {
                    let step = u64::from(i) << bits;
                    IpAddr::V4(Ipv4Addr::from(u32::try_from(u64::from(u32::from(base)) + step).ok()?))
                }
                IpAddr::V6(base) => {
                    let step = u128::from(i).checked_shl(bits)?;
                    IpAddr::V6(Ipv6Addr::from(u128::from(base).checked_add(step)?))
                }
            };
            IpNet::new(address, u8::try_from(prefix).ok()?).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(block: &str, count: u32, bits: u32) -> Option<Vec<String>> {
        subnets(block.parse().unwrap(), count, bits)
            .map(|nets| nets.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_example_of_the_documentation() {
        // "!Cidr [ "192.168.0.0/24", 6, 5 ]": six blocks of 32 addresses.
        let expected = [
            "192.168.0.0/27",
            "192.168.0.32/27",
            "192.168.0.64/27",
            "192.168.0.96/27",
            "192.168.0.128/27",
            "192.168.0.160/27",
        ];
        assert_eq!(texts("192.168.0.0/24", 6, 5).unwrap(), expected);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(texts("192.168.0.0/24", 9, 5), None);
        assert_eq!(texts("192.168.0.0/24", 1, 9), None);
        assert_eq!(texts("192.168.0.0/24", 0, 5), None);
        assert_eq!(texts("10.0.0.0/8", 1, 40), None);
    }

    #[test]
    fn ipv6_counts_in_128_bits() {
        assert_eq!(texts("2001:db8::/56", 2, 64).unwrap(), ["2001:db8::/64", "2001:db8:0:1::/64"]);
    }
}
