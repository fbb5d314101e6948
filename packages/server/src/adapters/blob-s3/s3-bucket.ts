import type { MultipartNotes } from '../../ports/multipart-notes.ts'
import { S3Connection, type S3ConnectionOptions } from './s3-connection.ts'
import { S3Objects } from './s3-objects.ts'
import { S3Uploads } from './s3-uploads.ts'

/** Everything below one prefix of a bucket. */
export interface S3Bucket {
  readonly objects: S3Objects
  readonly uploads: S3Uploads
}

/** Makes the parts of a bucket's client. No request is sent yet. */
export function openS3Bucket(options: S3ConnectionOptions, notes?: MultipartNotes): S3Bucket {
  const connection = new S3Connection(options)
  const objects = new S3Objects(connection)
  return { objects, uploads: new S3Uploads(connection, objects, notes) }
}
