//! `Domain` of an API: the custom domain, what it leads to, and its records.

use estate::value::{Kind, Map, Node, Span, Value};

use super::api::tag_map;
use super::shape::{
    alphanumeric, ask, carry, carry_rest, carry_same, doubtful, entries, given, is_true, list_of, map_node,
    or_default, put, section, stated, tags,
};
use super::{Made, Source, Surroundings};

/// The custom domain of a REST API.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-domainconfiguration.html>.
/// SAM names it `ApiGatewayDomainName` and a hash of the domain; here the API's logical id takes the hash's place.
pub(super) fn rest(around: &dyn Surroundings, source: Source<'_>, stage: &Node) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let is_given = given(properties, "Domain");
    if is_given.is_no() || properties.get("Domain").is_none() {
        return Vec::new();
    }
    let config = section(properties, "Domain");
    let mut domain = Map::default();
    carry_same(
        &config,
        &mut domain,
        &["DomainName", "MutualTlsAuthentication", "OwnershipVerificationCertificateArn", "SecurityPolicy"],
    );
    let kind = or_default(&config, "EndpointConfiguration", Node::text("REGIONAL"));
    let is_edge = kind.value.as_text() == Some("EDGE");
    let certificate = if is_edge { "CertificateArn" } else { "RegionalCertificateArn" };
    carry(&config, &mut domain, &[("CertificateArn", certificate)]);
    put(&mut domain, "EndpointConfiguration", map_node(kind.span, entries([("Types", list_of(vec![kind]))])));
    if let Some(tags) = tags(properties, None) {
        put(&mut domain, "Tags", tags);
    }
    carry_rest(&config, &mut domain);
    let name = format!("ApiGatewayDomainName{logical}");
    let mapping = entries([
        ("DomainName", Node::of(around.refer(&name, None))),
        ("RestApiId", Node::of(around.refer(logical, None))),
        ("Stage", stage.clone()),
    ]);
    let kind = ("BasePathMapping", "AWS::ApiGateway::BasePathMapping", "BasePath");
    let domain = Made::new(name, "AWS::ApiGateway::DomainName", domain, span);
    reached(around, source, &config, domain, &mapping, kind)
}

/// The custom domain of an HTTP API.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-httpapidomainconfiguration.html>.
/// As with REST APIs, the logical id takes the place of the name's hash.
pub(super) fn http(around: &dyn Surroundings, source: Source<'_>, stage: &Node) -> Vec<Made> {
    let Source { logical, properties, span } = source;
    let is_given = given(properties, "Domain");
    if is_given.is_no() || properties.get("Domain").is_none() {
        return Vec::new();
    }
    let config = section(properties, "Domain");
    let mut domain = Map::default();
    carry_same(&config, &mut domain, &["DomainName", "MutualTlsAuthentication"]);
    let mut name = Map::default();
    carry_same(
        &config,
        &mut name,
        &["CertificateArn", "OwnershipVerificationCertificateArn", "SecurityPolicy"],
    );
    put(&mut name, "EndpointType", or_default(&config, "EndpointConfiguration", Node::text("REGIONAL")));
    carry_rest(&config, &mut name);
    let names = list_of(vec![map_node(Span::NONE, name)]);
    put(&mut domain, "DomainNameConfigurations", names);
    put(&mut domain, "Tags", tag_map(properties));
    carry_rest(&config, &mut domain);
    let name = format!("ApiGatewayDomainNameV2{logical}");
    let mapping = entries([
        ("ApiId", Node::of(around.refer(logical, None))),
        ("DomainName", Node::of(around.refer(&name, None))),
        ("Stage", stage.clone()),
    ]);
    let kind = ("ApiMapping", "AWS::ApiGatewayV2::ApiMapping", "ApiMappingKey");
    let domain = Made::new(name, "AWS::ApiGatewayV2::DomainName", domain, span);
    reached(around, source, &config, domain, &mapping, kind)
}

/// A domain with what leads to it and what it leads to, perhaps made where `Domain` is perhaps given.
fn reached(
    around: &dyn Surroundings,
    source: Source<'_>,
    config: &Map,
    domain: Made,
    mapping: &Map,
    kind: (&str, &str, &str),
) -> Vec<Made> {
    let mappings = mappings(source, config, mapping, kind);
    let records = records(around, source, config, &domain.logical);
    let is_given = given(source.properties, "Domain");
    let made = std::iter::once(domain).chain(mappings).chain(records);
    made.map(|one| one.doubted(is_given.doubt())).collect()
}

/// The mapping from the domain to the stage, or one for each path of `BasePath`. `kind` is what the logical id ends
/// in, the type, and the property that takes the path.
fn mappings(
    source: Source<'_>,
    config: &Map,
    mapping: &Map,
    (ending, type_name, path_key): (&str, &str, &str),
) -> Vec<Made> {
    let Source { logical, span, .. } = source;
    let plain = || vec![Made::new(format!("{logical}{ending}"), type_name, mapping.clone(), span)];
    let Some(paths) = config.get("BasePath") else {
        return plain();
    };
    match &paths.value {
        Value::Null => plain(),
        Value::List(list)
            if list.rest.is_none() && list.items.iter().all(|path| path.value.as_text().is_some()) =>
        {
            let one = |path: &Node| {
                let name = path.value.as_text().map(alphanumeric).unwrap_or_default();
                let mut mapping = mapping.clone();
                // The root has no path of its own.
                if path.value.as_text() != Some("/") {
                    put(&mut mapping, path_key, path.clone());
                }
                Made::new(format!("{logical}{name}{ending}"), type_name, mapping, span)
            };
            list.items.iter().map(one).collect()
        }
        _ => {
            let mut mapping = mapping.clone();
            mapping.rest = Some(stated("the paths are not known", Kind::Any));
            vec![Made::new(format!("{logical}{ending}"), type_name, mapping, span)]
        }
    }
}

/// The records of `Route53`: the domain as an alias of the API's, for IPv4 and, where that is asked for, IPv6.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-route53configuration.html>.
/// The API's logical id takes the place of the zone's hash.
fn records(around: &dyn Surroundings, source: Source<'_>, config: &Map, name: &str) -> Option<Made> {
    config.get("Route53")?;
    let is_given = given(config, "Route53");
    if is_given.is_no() {
        return None;
    }
    let asked = section(config, "Route53");
    let endpoint = or_default(config, "EndpointConfiguration", Node::text("REGIONAL"));
    let attribute = |attribute| Node::of(around.refer(name, Some(attribute)));
    let (zone, target) = match endpoint.value.as_text() {
        // The zone of every CloudFront distribution:
        // <https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html>
        Some("EDGE") => {
            let target = or_default(&asked, "DistributionDomainName", attribute("DistributionDomainName"));
            (Node::text("Z2FDTNDATAQYW2"), target)
        }
        Some(_) => (attribute("RegionalHostedZoneId"), attribute("RegionalDomainName")),
        None => {
            let open = Node::of(Value::Unknown(stated("the kind of endpoint is not known", Kind::Text)));
            (open.clone(), open)
        }
    };
    let mut alias = entries([("DNSName", target), ("HostedZoneId", zone)]);
    carry_same(&asked, &mut alias, &["EvaluateTargetHealth"]);
    let record = |kind| {
        let mut record =
            entries([("AliasTarget", map_node(Span::NONE, alias.clone())), ("Type", Node::text(kind))]);
        carry(config, &mut record, &[("DomainName", "Name")]);
        carry_same(&asked, &mut record, &["Region", "SetIdentifier"]);
        map_node(Span::NONE, record)
    };
    let mut list = vec![record("A")];
    let is_six = ask(&asked, "IpV6", &is_true);
    if !is_six.is_no() {
        list.push(doubtful(record("AAAA"), is_six.doubt()));
    }
    let mut group = entries([("RecordSets", list_of(list))]);
    carry_same(&asked, &mut group, &["HostedZoneId", "HostedZoneName"]);
    carry_rest(&asked, &mut group);
    let logical = format!("RecordSetGroup{}", source.logical);
    Some(Made::new(logical, "AWS::Route53::RecordSetGroup", group, source.span).doubted(is_given.doubt()))
}
