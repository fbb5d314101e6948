/** The columns of a blob that every reader gets. */
export const BLOB = ['blobs.digest', 'blobs.size_bytes as sizeBytes', 'blobs.storage_key as storageKey'] as const
