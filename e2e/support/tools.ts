import { accessSync, constants } from 'node:fs'
import { describeUnless } from '../../testing/describe-with.ts'

/** The programs the suites drive: Debian's own, by full path, so that no other version on PATH is tested instead. */
const tools = {
  aws: { path: '/usr/bin/aws', package: 'awscli' },
  buildah: { path: '/usr/bin/buildah', package: 'buildah' },
  busybox: { path: '/bin/busybox', package: 'busybox-static' },
  chromium: { path: '/usr/bin/chromium', package: 'chromium' },
  docker: { path: '/usr/bin/docker', package: 'docker.io' },
  dockerd: { path: '/usr/sbin/dockerd', package: 'docker.io' },
  'docker-registry': { path: '/usr/bin/docker-registry', package: 'docker-registry' },
  haproxy: { path: '/usr/sbin/haproxy', package: 'haproxy' },
  nginx: { path: '/usr/sbin/nginx', package: 'nginx' },
  dpkg: { path: '/usr/bin/dpkg', package: 'dpkg' },
  skopeo: { path: '/usr/bin/skopeo', package: 'skopeo' },
  'systemd-analyze': { path: '/usr/bin/systemd-analyze', package: 'systemd' },
  unshare: { path: '/usr/bin/unshare', package: 'util-linux' },
} as const

export type Tool = keyof typeof tools | 'root'

/** The full path of a program that `describeWith` has found. */
export const toolPath = (tool: Exclude<Tool, 'root'>): string => tools[tool].path

/** Why a tool cannot be used, or undefined when it can. `root` stands for running as root. */
function requireTool(tool: Tool): string | undefined {
  if (tool === 'root') return process.getuid?.() === 0 ? undefined : 'needs root'
  try {
    accessSync(tools[tool].path, constants.X_OK)
    return undefined
  } catch {
    return `needs ${tools[tool].path}: apt-get install ${tools[tool].package}`
  }
}

/** A suite that drives real programs, skipped or failed where one of them is not there. */
export function describeWith(needs: readonly Tool[], name: string, suite: () => void): void {
  const lacking = needs.map(requireTool).find(reason => reason !== undefined)
  describeUnless(lacking, name, suite)
}
