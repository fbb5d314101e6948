import { randomBytes, randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Caller, call, send, signedHeaders } from '../signed-call.ts'
import { digestOf, index, type Prepared } from './prepare.ts'

/** What one attack did: how often each status came back, or a connection ended without one. */
export type Outcome = Map<string, number>

interface Run {
  readonly prepared: Prepared
  readonly ended: () => boolean
  readonly outcome: Outcome
}

export interface Attack {
  readonly name: string
  /** Set for attacks that need blobs in S3. */
  readonly s3?: true
  readonly run: (run: Run) => Promise<void>
}

const MIB = 1024 * 1024
/** Attackers come from addresses of their own: those who do not log in from one, the tenant from another. */
const NOBODY = '127.0.0.2'
const FLOOD = '127.0.0.3'
const TENANT = '127.0.0.4'

const count = (outcome: Outcome, what: string | number) =>
  outcome.set(String(what), (outcome.get(String(what)) ?? 0) + 1)

const untilEnd = async ({ ended, outcome }: Run, step: () => Promise<number | undefined>) => {
  while (!ended()) {
    try {
      count(outcome, (await step()) ?? 'done')
    } catch {
      count(outcome, 'cut off')
      await sleep(100)
    }
  }
}

/** Keeps so many connections open with what `say` sends over each; what comes back is read only when `reads`. */
async function hold(run: Run, connections: number, from: string, say: (socket: Socket) => void, reads = false) {
  const { prepared, ended, outcome } = run
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (!ended()) {
        const socket = connect({ port: prepared.port, host: '127.0.0.1', localAddress: from })
        let over = false
        socket.once('close', () => {
          over = true
        })
        socket.on('error', () => {})
        if (reads)
          socket.on('data', bytes => count(outcome, /^HTTP\/1.1 (\d+)/.exec(bytes.toString('latin1'))?.[1] ?? 'more'))
        else socket.pause()
        say(socket)
        count(outcome, 'connections')
        while (!over && !ended()) await sleep(200)
        socket.destroy()
        await sleep(500)
      }
    }),
  )
}

const lines = (first: string, { host = 'a', ...headers }: Readonly<Record<string, string>>) =>
  `${first} HTTP/1.1\r\nHost: ${host}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

const pipelined = (
  name: string,
  connections: number,
  requests: number,
  pathOf: (prepared: Prepared, at: number) => string,
): Attack => ({
  name,
  run: run =>
    hold(run, connections, NOBODY, socket => {
      const headers = { authorization: run.prepared.anonymous }
      for (let at = 0; at < requests; at++) socket.write(lines(`GET ${pathOf(run.prepared, at)}`, headers))
    }),
})

const tenantOf = ({ port, tenant }: Prepared): Caller => ({ ...tenant.key, port, from: TENANT })

/** All attacks. Together they are held to the bars; one by one they find the culprit. */
export const attacks: readonly Attack[] = [
  pipelined('pipelined blobs', 20, 200, ({ tenant, blob }) => `/v2/${tenant.repository}/blobs/${blob}`),
  pipelined(
    'pipelined manifests',
    10,
    200,
    ({ tenant, large }, at) => `/v2/${tenant.repository}/manifests/${large[at % large.length]}`,
  ),
  pipelined('pipelined referrers', 4, 190, ({ tenant, subject }) => `/v2/${tenant.repository}/referrers/${subject}`),
  pipelined('pipelined tag pages', 4, 240, ({ tenant }) => `/v2/${tenant.tagged}/tags/list?n=10000`),
  {
    name: 'slow readers of manifests',
    run: run =>
      hold(run, 50, NOBODY, socket =>
        socket.write(
          lines(`GET /v2/${run.prepared.tenant.repository}/manifests/${run.prepared.large[0]}`, {
            authorization: run.prepared.anonymous,
          }),
        ),
      ),
  },
  {
    name: 'manifests that stop short',
    run: run => {
      const body = Buffer.alloc(4 * MIB - 64, ' ')
      const head = lines(`PUT /v2/${run.prepared.tenant.repository}/manifests/short`, {
        authorization: run.prepared.tenant.login,
        'content-type': index.type,
        'content-length': String(4 * MIB),
      })
      return hold(run, 60, TENANT, socket => socket.write(head) && socket.write(body), true)
    },
  },
  {
    name: 'unread control answers',
    run: run =>
      hold(run, 50, TENANT, socket => {
        const body = JSON.stringify({ repositoryName: run.prepared.tenant.taggedName, maxResults: 1000 })
        const headers = signedHeaders(
          { ...run.prepared.tenant.key, port: run.prepared.port },
          ['ecr-public', 'DescribeImages'],
          body,
        )
        socket.write(lines('POST /', { ...headers, 'content-length': String(body.length) }) + body)
      }),
  },
  {
    name: 'forged large bodies',
    run: run => {
      const body = Buffer.alloc(27 * MIB)
      return hold(
        run,
        9,
        NOBODY,
        socket => {
          const headers = signedHeaders(
            { ...run.prepared.tenant.key, port: run.prepared.port },
            ['ecr-public', 'UploadLayerPart'],
            '',
            { forged: true },
          )
          socket.write(lines('POST /', { ...headers, 'content-length': String(body.length + 64) }))
          socket.write(body)
        },
        true,
      )
    },
  },
  {
    name: 'trickled bodies',
    run: run =>
      hold(
        run,
        50,
        TENANT,
        socket => {
          const { tenant } = run.prepared
          socket.write(
            lines(`PUT /v2/${tenant.repository}/manifests/slow`, {
              authorization: tenant.login,
              'content-type': index.type,
              'content-length': '100000',
            }),
          )
          const timer = setInterval(() => socket.write(' '), 500)
          socket.once('close', () => clearInterval(timer))
        },
        true,
      ),
  },
  {
    name: 'policy patterns',
    run: run =>
      untilEnd(run, async () => {
        const agent = { 'user-agent': `${'a'.repeat(1023)}b`.repeat(2) }
        return (
          await call(
            tenantOf(run.prepared),
            ['ecr-public', 'DescribeImages'],
            { repositoryName: run.prepared.tenant.name, maxResults: 1 },
            agent,
          )
        ).status
      }),
  },
  {
    name: 'lifecycle previews',
    run: run =>
      untilEnd(run, async () => {
        const repositoryName = run.prepared.tenant.taggedName
        const selection = {
          tagStatus: 'tagged',
          tagPrefixList: Array.from({ length: 3000 }, (_, at) => `z${at}`),
          countType: 'imageCountMoreThan',
          countNumber: 1,
        }
        const rules = [{ rulePriority: 1, selection, action: { type: 'expire' } }]
        await call(tenantOf(run.prepared), ['ecr', 'StartLifecyclePolicyPreview'], {
          repositoryName,
          lifecyclePolicyText: JSON.stringify({ rules }),
        })
        return (await call(tenantOf(run.prepared), ['ecr', 'GetLifecyclePolicyPreview'], { repositoryName })).status
      }),
  },
  {
    name: 'protected patterns',
    run: run =>
      untilEnd(
        run,
        async () =>
          (
            await call(tenantOf(run.prepared), ['ecr-public', 'DeleteRepository'], {
              repositoryName: run.prepared.tenant.taggedName,
              force: true,
            })
          ).status,
      ),
  },
  {
    name: 'deletes of many tags',
    run: run =>
      untilEnd(run, async () => {
        const { tenant, port } = run.prepared
        const manifest = index.of(randomUUID())
        const digest = digestOf(manifest)
        for (const part of [0, 1]) {
          const tags = Array.from({ length: 500 }, (_, at) => `tag=t${part}-${at}`).join('&')
          const headers = { authorization: tenant.login, 'content-type': index.type }
          await send(
            { port, from: TENANT },
            { method: 'PUT', path: `/v2/${tenant.repository}/manifests/${digest}?${tags}`, headers, body: manifest },
          )
        }
        const target = { repositoryName: tenant.name, imageIds: [{ imageDigest: digest }] }
        const { status } = await call(tenantOf(run.prepared), ['ecr-public', 'BatchDeleteImage'], target)
        await call(tenantOf(run.prepared), ['berth', 'RestoreImages'], target)
        await call(tenantOf(run.prepared), ['ecr-public', 'BatchDeleteImage'], target)
        return status
      }),
  },
  {
    name: 'flood of anonymous pulls',
    run: async run => {
      const { tenant, anonymous } = run.prepared
      const request = lines(`GET /v2/${tenant.repository}/manifests/small`, { authorization: anonymous })
      await hold(
        run,
        32,
        FLOOD,
        socket => {
          socket.write(request)
          socket.on('data', () => socket.write(request))
        },
        true,
      )
    },
  },
  {
    name: 'upload buffers',
    s3: true,
    run: run =>
      hold(
        run,
        40,
        TENANT,
        socket => {
          const { tenant, port } = run.prepared
          const headers = { authorization: tenant.login }
          const path = `/v2/${tenant.repository}/blobs/uploads/`
          const begin = async () => {
            const { headers: answer } = await send({ port, from: TENANT }, { method: 'POST', path, headers })
            const place = String(answer['location'] ?? '').replace(/^https?:\/\/[^/]+/, '')
            socket.write(lines(`PATCH ${place}`, { ...headers, 'content-length': String(8 * MIB) }))
            socket.write(randomBytes(8 * MIB - 1))
          }
          begin().catch(() => socket.destroy())
        },
        true,
      ),
  },
]
