import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from './control.ts'
import type { HttpStub, StubRequest } from './http-stub.ts'

export interface RoleKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/**
 * Whether a request of the control API carries the signature that these keys make. The signer that tells is not
 * berth's.
 */
export async function isSignedWith(keys: RoleKeys, stub: HttpStub, request: StubRequest): Promise<boolean> {
  const { hostname, port, host } = new URL(stub.url)
  const { authorization, 'x-amz-date': date = '', 'x-amz-target': target = '' } = request.headers
  const region = /Credential=[^/]+\/\d{8}\/([^/]+)\/ecr-public\//.exec(authorization ?? '')?.[1] ?? ''
  const signer = new SignatureV4({
    service: 'ecr-public',
    region,
    credentials: keys,
    sha256: Sha256,
    applyChecksum: false,
  })
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: request.target,
      query: {},
      headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body: request.body,
    },
    { signingDate: new Date(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')) },
  )
  return authorization === signed.headers['authorization']
}
