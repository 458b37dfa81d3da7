//! SAM's policy templates, and the names of AWS managed policies.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>

use std::sync::Arc;

use estate::value::{Kind, Node, Part, Partial, Value};

use super::Surroundings;
use super::shape::{at, entries, fill, list_of, map_node, map_of, pieces_of, stated, texts};
use crate::eval::made_of;
use crate::substitute::{Piece, pieces};

/// What a statement of a template allows: the actions, and on what.
type Grant = (&'static [&'static str], &'static [&'static str]);

const ALL: &[&str] = &["*"];
const BUCKET: &[&str] = &["arn:${AWS::Partition}:s3:::${BucketName}"];
const OBJECTS: &[&str] = &["arn:${AWS::Partition}:s3:::${BucketName}/*"];
const BUCKET_AND_OBJECTS: &[&str] =
    &["arn:${AWS::Partition}:s3:::${BucketName}", "arn:${AWS::Partition}:s3:::${BucketName}/*"];
const TABLE: &[&str] =
    &["arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}"];
const TABLE_AND_INDEXES: &[&str] = &[
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}",
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/index/*",
];
const BACKUPS: &[&str] =
    &["arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/backup/*"];
const QUEUE: &[&str] = &["arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${QueueName}"];
const STREAM: &[&str] =
    &["arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${StreamName}"];
const DELIVERY_STREAM: &[&str] =
    &["arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/${DeliveryStreamName}"];
const KEY: &[&str] = &["arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${KeyId}"];
const IDENTITY: &[&str] =
    &["arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${IdentityName}"];
const COLLECTION: &[&str] =
    &["arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${CollectionId}"];
const READ_PARAMETERS: &[&str] = &["ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"];

/// The templates by name. Those with conditions and rarely used ones are left out: their documents are unknown.
const TEMPLATES: &[(&str, &[Grant])] = &[
    ("AcmGetCertificatePolicy", &[(&["acm:GetCertificate"], &["${CertificateArn}"])]),
    ("AMIDescribePolicy", &[(&["ec2:DescribeImages"], ALL)]),
    ("AWSSecretsManagerGetSecretValuePolicy", &[(&["secretsmanager:GetSecretValue"], &["${SecretArn}"])]),
    (
        "CloudFormationDescribeStacksPolicy",
        &[(
            &["cloudformation:DescribeStacks"],
            &["arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/*"],
        )],
    ),
    (
        "CloudWatchDashboardPolicy",
        &[(
            &[
                "cloudwatch:GetDashboard",
                "cloudwatch:ListDashboards",
                "cloudwatch:PutDashboard",
                "cloudwatch:ListMetrics",
            ],
            ALL,
        )],
    ),
    ("CloudWatchDescribeAlarmHistoryPolicy", &[(&["cloudwatch:DescribeAlarmHistory"], ALL)]),
    ("CloudWatchPutMetricPolicy", &[(&["cloudwatch:PutMetricData"], ALL)]),
    (
        "CodePipelineLambdaExecutionPolicy",
        &[(&["codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"], ALL)],
    ),
    (
        "DynamoDBBackupFullAccessPolicy",
        &[
            (&["dynamodb:CreateBackup", "dynamodb:DescribeContinuousBackups"], TABLE),
            (&["dynamodb:DeleteBackup", "dynamodb:DescribeBackup", "dynamodb:ListBackups"], BACKUPS),
        ],
    ),
    (
        "DynamoDBCrudPolicy",
        &[(
            &[
                "dynamodb:GetItem",
                "dynamodb:DeleteItem",
                "dynamodb:PutItem",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:BatchGetItem",
                "dynamodb:DescribeTable",
                "dynamodb:ConditionCheckItem",
            ],
            TABLE_AND_INDEXES,
        )],
    ),
    (
        "DynamoDBReadPolicy",
        &[(
            &[
                "dynamodb:GetItem",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:BatchGetItem",
                "dynamodb:DescribeTable",
            ],
            TABLE_AND_INDEXES,
        )],
    ),
    ("DynamoDBReconfigurePolicy", &[(&["dynamodb:UpdateTable"], TABLE)]),
    (
        "DynamoDBRestoreFromBackupPolicy",
        &[
            (&["dynamodb:RestoreTableFromBackup"], BACKUPS),
            (
                &[
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:GetItem",
                    "dynamodb:Query",
                    "dynamodb:Scan",
                    "dynamodb:BatchWriteItem",
                ],
                TABLE,
            ),
        ],
    ),
    (
        "DynamoDBStreamReadPolicy",
        &[
            (
                &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                &[
                    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/stream/${StreamName}",
                ],
            ),
            (
                &["dynamodb:ListStreams"],
                &[
                    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/stream/*",
                ],
            ),
        ],
    ),
    (
        "DynamoDBWritePolicy",
        &[(&["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"], TABLE_AND_INDEXES)],
    ),
    (
        "EC2CopyImagePolicy",
        &[(
            &["ec2:CopyImage"],
            &["arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:image/${ImageId}"],
        )],
    ),
    ("EC2DescribePolicy", &[(&["ec2:DescribeRegions", "ec2:DescribeInstances"], ALL)]),
    (
        "EcsRunTaskPolicy",
        &[(
            &["ecs:RunTask"],
            &["arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/${TaskDefinition}"],
        )],
    ),
    ("EKSDescribePolicy", &[(&["eks:DescribeCluster", "eks:ListClusters"], ALL)]),
    (
        "ElasticsearchHttpPostPolicy",
        &[(
            &["es:ESHttpPost", "es:ESHttpPut"],
            &["arn:${AWS::Partition}:es:${AWS::Region}:${AWS::AccountId}:domain/${DomainName}/*"],
        )],
    ),
    (
        "EventBridgePutEventsPolicy",
        &[(
            &["events:PutEvents"],
            &["arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}"],
        )],
    ),
    (
        "FilterLogEventsPolicy",
        &[(
            &["logs:FilterLogEvents"],
            &[
                "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${LogGroupName}:log-stream:*",
            ],
        )],
    ),
    (
        "FirehoseCrudPolicy",
        &[(
            &[
                "firehose:CreateDeliveryStream",
                "firehose:DeleteDeliveryStream",
                "firehose:DescribeDeliveryStream",
                "firehose:PutRecord",
                "firehose:PutRecordBatch",
                "firehose:UpdateDestination",
            ],
            DELIVERY_STREAM,
        )],
    ),
    ("FirehoseWritePolicy", &[(&["firehose:PutRecord", "firehose:PutRecordBatch"], DELIVERY_STREAM)]),
    (
        "KinesisCrudPolicy",
        &[(
            &[
                "kinesis:AddTagsToStream",
                "kinesis:CreateStream",
                "kinesis:DecreaseStreamRetentionPeriod",
                "kinesis:DeleteStream",
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetShardIterator",
                "kinesis:IncreaseStreamRetentionPeriod",
                "kinesis:ListTagsForStream",
                "kinesis:MergeShards",
                "kinesis:PutRecord",
                "kinesis:PutRecords",
                "kinesis:SplitShard",
                "kinesis:RemoveTagsFromStream",
            ],
            STREAM,
        )],
    ),
    (
        "KinesisStreamReadPolicy",
        &[
            (
                &["kinesis:ListStreams", "kinesis:DescribeLimits"],
                &["arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/*"],
            ),
            (
                &[
                    "kinesis:DescribeStream",
                    "kinesis:DescribeStreamSummary",
                    "kinesis:GetRecords",
                    "kinesis:GetShardIterator",
                ],
                STREAM,
            ),
        ],
    ),
    ("KMSDecryptPolicy", &[(&["kms:Decrypt"], KEY)]),
    ("KMSEncryptPolicy", &[(&["kms:Encrypt"], KEY)]),
    (
        "LambdaInvokePolicy",
        &[(
            &["lambda:InvokeFunction"],
            &["arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${FunctionName}*"],
        )],
    ),
    ("OrganizationsListAccountsPolicy", &[(&["organizations:ListAccounts"], ALL)]),
    (
        "RekognitionDetectOnlyPolicy",
        &[(
            &[
                "rekognition:DetectFaces",
                "rekognition:DetectLabels",
                "rekognition:DetectModerationLabels",
                "rekognition:DetectText",
            ],
            ALL,
        )],
    ),
    (
        "RekognitionFacesManagementPolicy",
        &[(
            &[
                "rekognition:IndexFaces",
                "rekognition:DeleteFaces",
                "rekognition:SearchFaces",
                "rekognition:SearchFacesByImage",
                "rekognition:ListFaces",
            ],
            COLLECTION,
        )],
    ),
    ("RekognitionFacesPolicy", &[(&["rekognition:CompareFaces", "rekognition:DetectFaces"], ALL)]),
    (
        "RekognitionLabelsPolicy",
        &[(&["rekognition:DetectLabels", "rekognition:DetectModerationLabels"], ALL)],
    ),
    (
        "RekognitionReadPolicy",
        &[(
            &[
                "rekognition:ListCollections",
                "rekognition:ListFaces",
                "rekognition:SearchFaces",
                "rekognition:SearchFacesByImage",
            ],
            COLLECTION,
        )],
    ),
    (
        "RekognitionWriteOnlyAccessPolicy",
        &[(&["rekognition:CreateCollection", "rekognition:IndexFaces"], COLLECTION)],
    ),
    (
        "Route53ChangeResourceRecordSetsPolicy",
        &[(
            &["route53:ChangeResourceRecordSets"],
            &["arn:${AWS::Partition}:route53:::hostedzone/${HostedZoneId}"],
        )],
    ),
    (
        "S3CrudPolicy",
        &[(
            &[
                "s3:GetObject",
                "s3:ListBucket",
                "s3:GetBucketLocation",
                "s3:GetObjectVersion",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:GetLifecycleConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:DeleteObject",
            ],
            BUCKET_AND_OBJECTS,
        )],
    ),
    (
        "S3FullAccessPolicy",
        &[
            (
                &[
                    "s3:GetObject",
                    "s3:GetObjectAcl",
                    "s3:GetObjectVersion",
                    "s3:PutObject",
                    "s3:PutObjectAcl",
                    "s3:DeleteObject",
                    "s3:DeleteObjectTagging",
                    "s3:DeleteObjectVersionTagging",
                    "s3:GetObjectTagging",
                    "s3:GetObjectVersionTagging",
                    "s3:PutObjectTagging",
                    "s3:PutObjectVersionTagging",
                ],
                OBJECTS,
            ),
            (
                &[
                    "s3:ListBucket",
                    "s3:GetBucketLocation",
                    "s3:GetLifecycleConfiguration",
                    "s3:PutLifecycleConfiguration",
                ],
                BUCKET,
            ),
        ],
    ),
    (
        "S3ReadPolicy",
        &[(
            &[
                "s3:GetObject",
                "s3:ListBucket",
                "s3:GetBucketLocation",
                "s3:GetObjectVersion",
                "s3:GetLifecycleConfiguration",
            ],
            BUCKET_AND_OBJECTS,
        )],
    ),
    (
        "S3WritePolicy",
        &[(&["s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration"], BUCKET_AND_OBJECTS)],
    ),
    (
        "SESBulkTemplatedCrudPolicy",
        &[(
            &[
                "ses:GetIdentityVerificationAttributes",
                "ses:SendEmail",
                "ses:SendRawEmail",
                "ses:SendTemplatedEmail",
                "ses:SendBulkTemplatedEmail",
                "ses:VerifyEmailIdentity",
            ],
            IDENTITY,
        )],
    ),
    (
        "SESCrudPolicy",
        &[(
            &[
                "ses:GetIdentityVerificationAttributes",
                "ses:SendEmail",
                "ses:SendRawEmail",
                "ses:VerifyEmailIdentity",
            ],
            IDENTITY,
        )],
    ),
    ("SESSendBouncePolicy", &[(&["ses:SendBounce"], IDENTITY)]),
    (
        "SNSCrudPolicy",
        &[(
            &[
                "sns:ListSubscriptionsByTopic",
                "sns:CreateTopic",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:Publish",
            ],
            &["arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${TopicName}*"],
        )],
    ),
    (
        "SNSPublishMessagePolicy",
        &[(&["sns:Publish"], &["arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${TopicName}"])],
    ),
    (
        "SQSPollerPolicy",
        &[(
            &[
                "sqs:ChangeMessageVisibility",
                "sqs:ChangeMessageVisibilityBatch",
                "sqs:DeleteMessage",
                "sqs:DeleteMessageBatch",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            QUEUE,
        )],
    ),
    ("SQSSendMessagePolicy", &[(&["sqs:SendMessage*"], QUEUE)]),
    (
        "SSMParameterReadPolicy",
        &[
            (&["ssm:DescribeParameters"], ALL),
            (
                READ_PARAMETERS,
                &["arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${ParameterName}"],
            ),
        ],
    ),
    (
        "SSMParameterWithSlashPrefixReadPolicy",
        &[
            (&["ssm:DescribeParameters"], ALL),
            (
                READ_PARAMETERS,
                &["arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ParameterName}"],
            ),
        ],
    ),
    (
        "StepFunctionsExecutionPolicy",
        &[(
            &["states:StartExecution"],
            &[
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${StateMachineName}",
            ],
        )],
    ),
    ("TextractPolicy", &[(&["textract:*"], ALL)]),
    (
        "VPCAccessPolicy",
        &[(
            &[
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DetachNetworkInterface",
            ],
            ALL,
        )],
    ),
];

/// The policy document that a template gives with its parameters filled in.
pub(super) fn document(around: &dyn Surroundings, name: &str, parameters: &Node) -> Node {
    let Some((_, grants)) = TEMPLATES.iter().find(|(known, _)| *known == name) else {
        let reason = format!("policy template `{name}` is not known");
        return at(parameters.span, Value::Unknown(stated(&reason, Kind::Map)));
    };
    let mut statements = Vec::new();
    for (actions, patterns) in *grants {
        let mut resources: Vec<Node> =
            patterns.iter().map(|pattern| Node::of(resource(around, pattern, &parameters.value))).collect();
        let resource = if resources.len() == 1 { resources.remove(0) } else { list_of(resources) };
        statements.push(map_of([
            ("Effect", Node::text("Allow")),
            ("Action", texts(actions)),
            ("Resource", resource),
        ]));
    }
    map_node(parameters.span, entries([("Statement", list_of(statements))]))
}

fn resource(around: &dyn Surroundings, pattern: &str, parameters: &Value) -> Value {
    let mut found: Vec<(&str, Value)> = Vec::new();
    for piece in pieces(pattern) {
        if let Piece::Variable(name) = piece
            && !name.starts_with("AWS::")
        {
            found.push((name, parameter(parameters, name)));
        }
    }
    let values: Vec<(&str, &Value)> = found.iter().map(|(name, value)| (*name, value)).collect();
    fill(around, pattern, &values)
}

fn parameter(parameters: &Value, name: &str) -> Value {
    let missing = || stated(&format!("`{name}` of the policy template is not given"), Kind::Text);
    let Value::Map(map) = parameters else {
        return Value::Unknown(made_of(parameters, Kind::Any).unwrap_or_else(missing));
    };
    match map.get(name) {
        Some(node) => node.value.clone(),
        None => Value::Unknown(map.rest.clone().unwrap_or_else(missing)),
    }
}

/// Managed policies of AWS under the path `service-role/`.
const SERVICE_ROLE: &[&str] = &[
    "AWSBatchServiceRole",
    "AWSCodeDeployRole",
    "AWSCodeDeployRoleForLambda",
    "AWSGlueServiceRole",
    "AWSIoTLogging",
    "AWSIoTRuleActions",
    "AWSIoTThingsRegistration",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWS_ConfigRole",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonEC2ContainerServiceforEC2Role",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonElasticMapReduceRole",
    "AmazonElasticMapReduceforEC2Role",
    "AmazonRDSEnhancedMonitoringRole",
    "AmazonS3ObjectLambdaExecutionRolePolicy",
    "AmazonSNSRole",
    "AmazonSSMAutomationRole",
];

/// Managed policies of AWS under the path `job-function/`.
const JOB_FUNCTION: &[&str] = &[
    "Billing",
    "DatabaseAdministrator",
    "DataScientist",
    "NetworkAdministrator",
    "SupportUser",
    "SystemAdministrator",
    "ViewOnlyAccess",
];

/// The ARN of a managed policy that is given by its name, or by its ARN.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>: managed policies of AWS have the
/// account `aws`, and some a path before the name.
pub(super) fn managed(around: &dyn Surroundings, name: &str) -> Value {
    if name.starts_with("arn:") {
        return Value::Text(Arc::from(name));
    }
    let path = if SERVICE_ROLE.contains(&name) {
        Part::Known(Arc::from("service-role/"))
    } else if JOB_FUNCTION.contains(&name) {
        Part::Known(Arc::from("job-function/"))
    } else if name.contains("Role") && !name.contains('/') {
        // Policies for the roles of services mostly stand under a path, and not every such policy is listed here.
        Part::Hole(stated(&format!("the path of managed policy `{name}` is not known"), Kind::Text))
    } else {
        Part::Known(Arc::from(""))
    };
    let mut arn = vec![Part::Known(Arc::from("arn:"))];
    arn.extend(pieces_of(&around.pseudo("AWS::Partition")));
    arn.push(Part::Known(Arc::from(":iam::aws:policy/")));
    arn.push(path);
    arn.push(Part::Known(Arc::from(name)));
    Partial::join(arn)
}
