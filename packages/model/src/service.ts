/** How the requests of a service are addressed and signed. */
export interface ServiceNames {
  /** What `X-Amz-Target` begins with. A dot and the operation's name follow. */
  readonly targetPrefix: string
  /** The service of a signature's credential scope. */
  readonly signingName: string
}

/** The names of ECR Public on the wire, in signatures and in endpoints. */
export const service = {
  id: 'ECR PUBLIC',
  apiVersion: '2020-10-30',
  /** The name of the command group of the AWS command line. */
  cliName: 'ecr-public',
  targetPrefix: 'SpencerFrontendService',
  jsonVersion: '1.1',
  contentType: 'application/x-amz-json-1.1',
  signingName: 'ecr-public',
  signingRegion: 'us-east-1',
  endpointPrefix: 'api.ecr-public',
  endpointEnvironmentVariable: 'AWS_ENDPOINT_URL_ECR_PUBLIC',
} as const
