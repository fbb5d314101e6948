import { metadataStoreContract } from '../../ports/metadata-store.contract.ts'
import { openTemporarySqliteMetadata } from './temporary-sqlite-metadata.ts'

metadataStoreContract('sqlite', openTemporarySqliteMetadata)
