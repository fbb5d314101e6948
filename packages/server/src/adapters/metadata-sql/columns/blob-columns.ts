/** A blob as everybody reads it. */
export const BLOB = ['blobs.digest', 'blobs.size_bytes as sizeBytes', 'blobs.storage_key as storageKey'] as const
