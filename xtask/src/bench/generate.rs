//! Generated estates: as many resources as are asked for, the same ones at every run.
//!
//! An estate is a row of workloads of [`Workload::SIZE`] resources, each a network with machines, data and code
//! in it, as a scan of live accounts would give them: physical ids, ARNs, references by id. One setting in
//! eight is wrong, so that there is something to find.

use std::sync::Arc;

use estate::estate::Estate;
use estate::resource::Resource;
use estate::value::Value;
use serde_json::{Value as Json, json};

/// The version of what is generated: raise it with every change, so that kept files are made anew.
pub(super) const VERSION: u32 = 1;

const SEED: u64 = 0x0070_616c_6973_6164;

const ACCOUNTS: u64 = 100;

const REGIONS: [&str; 4] = ["eu-west-1", "eu-central-1", "us-east-1", "ap-southeast-2"];

/// An estate of so many resources.
pub(super) fn estate(count: usize) -> Estate {
    let mut resources = Vec::with_capacity(count + Workload::SIZE);
    let mut number = 0;
    while resources.len() < count {
        resources.append(&mut Workload::new(number).make());
        number += 1;
    }
    resources.truncate(count);
    Estate::new(Vec::new(), resources, Vec::new())
}

/// The SplitMix64 generator: small, and the same everywhere.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.draw() % limit
    }

    /// Whether a setting is as it should be.
    pub(super) fn well(&mut self) -> bool {
        self.below(8) != 0
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        // In bounds: the remainder is less than the length, and no list here is empty.
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// One workload, as far as it is made.
struct Workload {
    random: Random,
    number: u64,
    account: Arc<str>,
    region: Arc<str>,
    made: Vec<Resource>,
    vpc: String,
    subnets: Vec<String>,
    groups: Vec<String>,
    buckets: Vec<String>,
    /// ARNs.
    roles: Vec<String>,
}

impl Workload {
    /// How many resources it has.
    const SIZE: usize = 50;

    fn new(number: u64) -> Workload {
        let region = REGIONS[(number % REGIONS.len() as u64) as usize];
        Workload {
            random: Random::new(SEED ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93)),
            number,
            account: Arc::from(format!("{:012}", 210_000_000_000 + number % ACCOUNTS)),
            region: Arc::from(region),
            made: Vec::with_capacity(Workload::SIZE),
            vpc: String::new(),
            subnets: Vec::new(),
            groups: Vec::new(),
            buckets: Vec::new(),
            roles: Vec::new(),
        }
    }

    fn make(mut self) -> Vec<Resource> {
        self.network();
        (0..6).for_each(|i| self.security_group(i));
        (0..6).for_each(|i| self.machine(i));
        (0..4).for_each(|i| self.bucket(i));
        (0..3).for_each(|i| self.function(i));
        self.messages();
        self.database();
        self.load_balancer();
        self.made
    }

    /// A VPC, two public and two private subnets, and a route table for either kind: 11 resources.
    fn network(&mut self) {
        self.vpc = self.id("vpc");
        let vpc = self.vpc.clone();
        let block = self.number % 256;
        let properties = json!({
            "VpcId": vpc,
            "CidrBlock": format!("10.{block}.0.0/16"),
            "EnableDnsSupport": true,
            "EnableDnsHostnames": true,
            "InstanceTenancy": "default",
            "Tags": self.tags("network"),
        });
        self.ec2("VPC", "vpc", &vpc, &properties);
        let mut tables = Vec::new();
        for kind in ["public", "private"] {
            let id = self.id("rtb");
            let properties = json!({ "RouteTableId": id, "VpcId": vpc, "Tags": self.tags(kind) });
            self.ec2("RouteTable", "route-table", &id, &properties);
            tables.push(id);
        }
        for i in 0..4_u8 {
            let is_public = i < 2;
            let id = self.id("subnet");
            let properties = json!({
                "SubnetId": id,
                "VpcId": vpc,
                "CidrBlock": format!("10.{block}.{}.0/20", u32::from(i) * 16),
                "AvailabilityZone": self.zone(i),
                "MapPublicIpOnLaunch": is_public && !self.random.well(),
                "Tags": self.tags(if is_public { "public" } else { "private" }),
            });
            self.ec2("Subnet", "subnet", &id, &properties);
            let association = self.id("rtbassoc");
            let table = &tables[usize::from(!is_public)];
            let properties = json!({ "Id": association, "RouteTableId": table, "SubnetId": id });
            self.add("AWS::EC2::SubnetRouteTableAssociation", &association, None, &properties);
            self.subnets.push(id);
        }
    }

    /// A security group with three or four rules.
    fn security_group(&mut self, i: u8) {
        let id = self.id("sg");
        let world = |is_well: bool| if is_well { "10.0.0.0/8" } else { "0.0.0.0/0" };
        let mut ingress =
            vec![rule(443, "0.0.0.0/0", "HTTPS"), rule(22, world(self.random.well()), "administration")];
        match self.groups.first() {
            Some(other) => ingress.push(json!({
                "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": other,
            })),
            None if self.random.well() => ingress.push(rule(8080, "10.0.0.0/8", "from inside")),
            None => {}
        }
        let properties = json!({
            "GroupId": id,
            "GroupName": self.name("group", i),
            "GroupDescription": "a tier of the workload",
            "VpcId": self.vpc,
            "SecurityGroupIngress": ingress,
            "SecurityGroupEgress": [{ "IpProtocol": "-1", "CidrIp": "0.0.0.0/0" }],
            "Tags": self.tags("group"),
        });
        self.ec2("SecurityGroup", "security-group", &id, &properties);
        self.groups.push(id);
    }

    /// An instance and the volume attached to it.
    fn machine(&mut self, i: u8) {
        let volume = self.id("vol");
        let properties = json!({
            "VolumeId": volume,
            "AvailabilityZone": self.zone(i),
            "Size": 20 + self.random.below(480),
            "VolumeType": self.random.one_of(&["gp3", "gp3", "gp2", "io2"]),
            "Encrypted": self.random.well(),
            "Tags": self.tags("data"),
        });
        self.ec2("Volume", "volume", &volume, &properties);
        let id = self.id("i");
        let properties = json!({
            "InstanceId": id,
            "ImageId": "ami-0c55b159cbfafe1f0",
            "InstanceType": self.random.one_of(&["t3.micro", "m7g.large", "c7g.xlarge", "r7g.large"]),
            "SubnetId": self.subnets[usize::from(i) % self.subnets.len()],
            "SecurityGroupIds": [self.groups[usize::from(i) % self.groups.len()]],
            "IamInstanceProfile": self.name("profile", i),
            "EbsOptimized": true,
            "Monitoring": self.random.well(),
            "MetadataOptions": {
                "HttpEndpoint": "enabled",
                "HttpTokens": if self.random.well() { "required" } else { "optional" },
                "HttpPutResponseHopLimit": 1,
            },
            "BlockDeviceMappings": [{
                "DeviceName": "/dev/xvda",
                "Ebs": { "VolumeSize": 30, "VolumeType": "gp3", "Encrypted": self.random.well() },
            }],
            "Volumes": [{ "Device": "/dev/sdf", "VolumeId": volume }],
            "Tags": self.tags("machine"),
        });
        self.ec2("Instance", "instance", &id, &properties);
    }

    /// A bucket, which logs into the first one, and its policy.
    fn bucket(&mut self, i: u8) {
        let name = format!("{}-{}", self.name("bucket", i), self.account);
        let log = self.buckets.first().unwrap_or(&name).clone();
        let is_private = self.random.well();
        let properties = json!({
            "BucketName": name,
            "BucketEncryption": { "ServerSideEncryptionConfiguration": [{
                "ServerSideEncryptionByDefault": { "SSEAlgorithm": self.random.one_of(&["aws:kms", "AES256"]) },
                "BucketKeyEnabled": true,
            }] },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": is_private,
                "BlockPublicPolicy": is_private,
                "IgnorePublicAcls": is_private,
                "RestrictPublicBuckets": is_private,
            },
            "VersioningConfiguration": { "Status": if self.random.well() { "Enabled" } else { "Suspended" } },
            "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
            "LoggingConfiguration": { "DestinationBucketName": log, "LogFilePrefix": "access/" },
            "LifecycleConfiguration": { "Rules": [{
                "Id": "old versions", "Status": "Enabled", "NoncurrentVersionExpiration": { "NoncurrentDays": 90 },
            }] },
            "Tags": self.tags("data"),
        });
        let arn = format!("arn:aws:s3:::{name}");
        self.add("AWS::S3::Bucket", &name, Some(&arn), &properties);
        let all = format!("{arn}/*");
        let account = format!("arn:aws:iam::{}:root", self.account);
        let mut statements = vec![json!({
            "Sid": "Read", "Effect": "Allow", "Principal": { "AWS": account }, "Action": "s3:GetObject", "Resource": all,
        })];
        if self.random.well() {
            statements.push(json!({
                "Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, all],
                "Condition": { "Bool": { "aws:SecureTransport": "false" } },
            }));
        }
        let properties =
            json!({ "Bucket": name, "PolicyDocument": { "Version": "2012-10-17", "Statement": statements } });
        self.add("AWS::S3::BucketPolicy", &name, None, &properties);
        self.buckets.push(name);
    }

    /// A function and the role it runs with.
    fn function(&mut self, i: u8) {
        let name = self.name("role", i);
        let arn = format!("arn:aws:iam::{}:role/{name}", self.account);
        let bucket = &self.buckets[usize::from(i) % self.buckets.len()];
        let objects = format!("arn:aws:s3:::{bucket}/*");
        let properties = json!({
            "RoleName": name,
            "Arn": arn,
            "Path": "/",
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
            }] },
            "Policies": [{ "PolicyName": "work", "PolicyDocument": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": objects },
                {
                    "Effect": "Allow",
                    "Action": if self.random.well() { "logs:PutLogEvents" } else { "logs:*" },
                    "Resource": "*",
                },
            ] } }],
            "Tags": self.tags("code"),
        });
        self.add("AWS::IAM::Role", &name, Some(&arn), &properties);
        self.roles.push(arn);
        let name = self.name("function", i);
        let arn = self.arn("lambda", &format!("function:{name}"));
        let properties = json!({
            "FunctionName": name,
            "Role": self.roles[usize::from(i)],
            "Runtime": self.random.one_of(&["python3.13", "nodejs22.x", "java21", "python3.8"]),
            "Handler": "index.handler",
            "PackageType": "Zip",
            "Architectures": ["arm64"],
            "MemorySize": 128_u64 << self.random.below(4),
            "Timeout": 30,
            "Environment": { "Variables": { "BUCKET": self.buckets[0], "STAGE": "production" } },
            "VpcConfig": { "SubnetIds": self.subnets[2..], "SecurityGroupIds": [self.groups[0]] },
            "TracingConfig": { "Mode": if self.random.well() { "Active" } else { "PassThrough" } },
            "Tags": self.tags("code"),
        });
        self.add("AWS::Lambda::Function", &name, Some(&arn), &properties);
    }

    /// A queue, the queue for what it cannot deliver, and a topic that feeds it.
    fn messages(&mut self) {
        let mut dead = None;
        for i in 0..2 {
            let name = self.name("queue", i);
            let arn = self.arn("sqs", &name);
            let url = format!("https://sqs.{}.amazonaws.com/{}/{name}", self.region, self.account);
            let mut properties = json!({
                "QueueName": name,
                "QueueUrl": url,
                "Arn": arn,
                "SqsManagedSseEnabled": self.random.well(),
                "VisibilityTimeout": 60,
                "MessageRetentionPeriod": 345_600,
                "Tags": self.tags("messages"),
            });
            if let Some(dead) = &dead {
                properties["RedrivePolicy"] = json!({ "deadLetterTargetArn": dead, "maxReceiveCount": 5 });
            }
            self.add("AWS::SQS::Queue", &url, Some(&arn), &properties);
            dead = Some(arn);
        }
        let name = self.name("topic", 0);
        let arn = self.arn("sns", &name);
        let mut properties = json!({
            "TopicName": name,
            "TopicArn": arn,
            "Subscription": [{ "Protocol": "sqs", "Endpoint": dead }],
            "Tags": self.tags("messages"),
        });
        if self.random.well() {
            properties["KmsMasterKeyId"] = json!("alias/aws/sns");
        }
        self.add("AWS::SNS::Topic", &arn, Some(&arn), &properties);
    }

    fn database(&mut self) {
        let name = self.name("database", 0);
        let arn = self.arn("rds", &format!("db:{name}"));
        let properties = json!({
            "DBInstanceIdentifier": name,
            "DBInstanceArn": arn,
            "DBInstanceClass": "db.m7g.large",
            "Engine": "postgres",
            "EngineVersion": "17.6",
            "AllocatedStorage": "200",
            "StorageType": "gp3",
            "StorageEncrypted": self.random.well(),
            "MultiAZ": self.random.well(),
            "PubliclyAccessible": !self.random.well(),
            "BackupRetentionPeriod": if self.random.well() { 14 } else { 0 },
            "CopyTagsToSnapshot": true,
            "DeletionProtection": self.random.well(),
            "AutoMinorVersionUpgrade": true,
            "EnableIAMDatabaseAuthentication": self.random.well(),
            "EnableCloudwatchLogsExports": ["postgresql"],
            "ManageMasterUserPassword": true,
            "MasterUsername": "owner",
            "MonitoringInterval": 60,
            "DBSubnetGroupName": "private",
            "VPCSecurityGroups": [self.groups[1]],
            "Tags": self.tags("data"),
        });
        self.add("AWS::RDS::DBInstance", &name, Some(&arn), &properties);
    }

    /// A load balancer with two listeners: one for HTTPS, and one that should lead there.
    fn load_balancer(&mut self) {
        let name = self.name("entry", 0);
        let tail = format!("app/{name}/{:016x}", self.random.draw());
        let arn = self.arn("elasticloadbalancing", &format!("loadbalancer/{tail}"));
        let targets = self.arn("elasticloadbalancing", &format!("targetgroup/{name}/{:016x}", self.number));
        let certificate = self.arn("acm", &format!("certificate/{:016x}", self.number));
        let logs = self.random.well();
        let properties = json!({
            "Name": name,
            "LoadBalancerArn": arn,
            "Type": "application",
            "Scheme": self.random.one_of(&["internet-facing", "internal"]),
            "Subnets": self.subnets[..2],
            "SecurityGroups": [self.groups[0]],
            "LoadBalancerAttributes": [
                { "Key": "access_logs.s3.enabled", "Value": logs.to_string() },
                { "Key": "access_logs.s3.bucket", "Value": self.buckets[0] },
                { "Key": "deletion_protection.enabled", "Value": self.random.well().to_string() },
                { "Key": "routing.http.drop_invalid_header_fields.enabled", "Value": self.random.well().to_string() },
            ],
            "Tags": self.tags("entry"),
        });
        self.add("AWS::ElasticLoadBalancingV2::LoadBalancer", &arn, Some(&arn), &properties);
        let forward = json!([{ "Type": "forward", "TargetGroupArn": targets }]);
        let redirect = json!([{
            "Type": "redirect", "RedirectConfig": { "Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301" },
        }]);
        let old = "ELBSecurityPolicy-2016-08";
        let policy = if self.random.well() { "ELBSecurityPolicy-TLS13-1-2-2021-06" } else { old };
        let plain = if self.random.well() { &redirect } else { &forward };
        let listeners = [
            json!({
                "LoadBalancerArn": arn, "Port": 443, "Protocol": "HTTPS", "SslPolicy": policy,
                "Certificates": [{ "CertificateArn": certificate }], "DefaultActions": forward,
            }),
            json!({ "LoadBalancerArn": arn, "Port": 80, "Protocol": "HTTP", "DefaultActions": plain }),
        ];
        for (i, mut properties) in listeners.into_iter().enumerate() {
            let arn = self.arn("elasticloadbalancing", &format!("listener/{tail}/{i:016x}"));
            properties["ListenerArn"] = json!(arn);
            self.add("AWS::ElasticLoadBalancingV2::Listener", &arn, Some(&arn), &properties);
        }
    }

    /// Adds a resource of EC2, all of which have ARNs of one form.
    fn ec2(&mut self, type_name: &str, kind: &str, id: &str, properties: &Json) {
        let arn = self.arn("ec2", &format!("{kind}/{id}"));
        self.add(&format!("AWS::EC2::{type_name}"), id, Some(&arn), properties);
    }

    fn add(&mut self, type_name: &str, id: &str, arn: Option<&str>, properties: &Json) {
        let key: Arc<str> = match arn {
            Some(arn) => Arc::from(arn),
            None => Arc::from(format!("{}/{}/{type_name}/{id}", self.account, self.region)),
        };
        let mut resource = Resource::new(Arc::from(type_name), key, Arc::from(id));
        resource.id = Some(Arc::from(id));
        resource.arn = arn.map(Arc::from);
        resource.account = Some(self.account.clone());
        resource.region = Some(self.region.clone());
        if let Value::Map(properties) = Value::from(properties) {
            resource.properties = *properties;
        }
        self.made.push(resource);
    }

    /// A new physical id, such as `vpc-00d3a1b2c3d4e5f60`.
    fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}-{:017x}", self.random.draw())
    }

    fn name(&self, kind: &str, i: u8) -> String {
        format!("{kind}-{}-{i}", self.number)
    }

    fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }

    fn zone(&self, i: u8) -> String {
        format!("{}{}", self.region, if i.is_multiple_of(2) { 'a' } else { 'b' })
    }

    fn tags(&mut self, name: &str) -> Json {
        let team = self.random.one_of(&["payments", "search", "platform", "identity"]);
        json!([
            { "Key": "Name", "Value": format!("{name}-{}", self.number) },
            { "Key": "team", "Value": team },
            { "Key": "stage", "Value": "production" },
        ])
    }
}

fn rule(port: u16, range: &str, why: &str) -> Json {
    json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": range, "Description": why })
}

#[cfg(test)]
mod tests {
    use estate::catalogue::Catalogue;

    use super::*;

    #[test]
    fn the_same_resources_are_made_at_every_run() {
        let (one, two) = (estate(120), estate(120));
        assert_eq!(one.resources.len(), 120);
        assert_eq!(one.resources, two.resources);
    }

    #[test]
    fn a_workload_has_the_size_it_says() {
        assert_eq!(Workload::new(7).make().len(), Workload::SIZE);
    }

    #[test]
    fn no_two_resources_have_one_key() {
        let estate = estate(1_000);
        let mut keys: Vec<&str> = estate.resources.iter().map(|resource| &*resource.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), estate.resources.len());
    }

    #[test]
    fn every_property_is_one_of_its_type() {
        for resource in Workload::new(0).make() {
            let info = Catalogue::builtin().get(&resource.type_name);
            let info = info.unwrap_or_else(|| panic!("{} is not in the catalogue", resource.type_name));
            for (name, _) in &resource.properties.entries {
                assert!(info.property(name).is_some(), "{} has no {name}", resource.type_name);
            }
        }
    }

    #[test]
    fn resources_refer_to_each_other() {
        let estate = estate(Workload::SIZE);
        let of = |type_name: &str| {
            let ids = estate.of_type(type_name);
            ids.iter().map(|id| estate.references_to(*id).len()).sum::<usize>()
        };
        // Two route tables, four subnets and six groups lie in the VPC.
        assert_eq!(of("AWS::EC2::VPC"), 12);
        assert_eq!(of("AWS::IAM::Role"), 3);
        // Every volume is attached to its instance.
        assert_eq!(of("AWS::EC2::Volume"), 6);
        assert_eq!(of("AWS::ElasticLoadBalancingV2::LoadBalancer"), 2);
    }
}
