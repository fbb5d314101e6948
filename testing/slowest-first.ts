import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, with the seconds that each took on a calm machine of two cores. The longest stand
 * first. What begins last should be short: while it ends, a worker has nothing to do.
 */
export const SECONDS: Readonly<Record<string, number>> = {
  'e2e/replicas/outage.test.ts': 82,
  'e2e/distribute/distributed.test.ts': 60,
  'e2e/cli/corpus.test.ts': 55,
  'e2e/faults/migrate-storage.test.ts': 66,
  'e2e/faults/verify.test.ts': 51,
  'e2e/clients/aws.test.ts': 50,
  'e2e/replicas/crash.test.ts': 50,
  'e2e/faults/revocation.test.ts': 49,
  'e2e/gallery/pages.test.ts': 48,
  'e2e/packages/installed.test.ts': 31,
  'e2e/clients/documented-deletions.test.ts': 30,
  'e2e/faults/observer.test.ts': 30,
  'e2e/cli/compare.test.ts': 29,
  'e2e/faults/start.test.ts': 39,
  'e2e/faults/backup.test.ts': 34,
  'e2e/faults/crash.test.ts': 26,
  'e2e/clean/memory.test.ts': 23,
  'e2e/clean/registry.test.ts': 23,
  'e2e/gallery/images-desk.test.ts': 27,
  'e2e/demo.test.ts': 22,
  'e2e/clients/services.test.ts': 27,
  'e2e/faults/credentials.test.ts': 17,
  'e2e/faults/connections.test.ts': 27,
  'e2e/replicas/redirect.test.ts': 20,
  'e2e/faults/shutdown.test.ts': 25,
  'e2e/faults/collect.test.ts': 21,
  'e2e/stress/stress.test.ts': 24,
  'e2e/faults/memory.test.ts': 22,
  'e2e/clean/zeek.test.ts': 16,
  'packages/server/src/adapters/blob-s3/blob-s3.test.ts': 51,
  'packages/server/src/adapters/metadata-postgres/open-postgres-metadata.test.ts': 54,
  'packages/server/src/registry/blobs/taken-uploads.test.ts': 20,
  'packages/server/src/adapters/metadata-postgres/availability.test.ts': 18,
  'packages/server/src/adapters/metadata-postgres/replicas.test.ts': 15,
  'packages/server/src/adapters/metadata-postgres/failover.test.ts': 14,
  'packages/server/src/registry/state-machine.test.ts': 21,
  'packages/server/src/http/control/held-answers.test.ts': 17,
  'packages/server/src/registry/backup/restore-backup.test.ts': 15,
  'packages/server/src/registry/blobs/uploads.test.ts': 11,
}

/** Begins with the files that take longest. The others follow as usual. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = ({ moduleId, project }: TestSpecification) =>
      SECONDS[relative(project.vitest.config.root, moduleId)] ?? 0
    return (await super.sort(files)).sort((a, b) => seconds(b) - seconds(a))
  }
}
