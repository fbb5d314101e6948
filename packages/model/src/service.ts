/** What names the service on the wire, in signatures and in endpoints. */
export const service = {
  id: 'ECR PUBLIC',
  apiVersion: '2020-10-30',
  /** The name of the command group of the AWS command line. */
  cliName: 'ecr-public',
  /** `X-Amz-Target` is this prefix, a dot and the operation's name. */
  targetPrefix: 'SpencerFrontendService',
  jsonVersion: '1.1',
  contentType: 'application/x-amz-json-1.1',
  signingName: 'ecr-public',
  signingRegion: 'us-east-1',
  endpointPrefix: 'api.ecr-public',
  endpointEnvironmentVariable: 'AWS_ENDPOINT_URL_ECR_PUBLIC',
} as const
