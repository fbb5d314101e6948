import type { Example } from '../operation/page.ts'

const REPOSITORY = '--repository-name project-a/nginx-web-app'

const examples: { readonly [operation: string]: readonly Example[] } = {
  'batch-delete-image': [
    {
      about: 'Deletes an image and all its tags, by its digest:',
      options: [
        REPOSITORY,
        '--image-ids imageDigest=sha256:b1f9deb5fe3711a3278379ebbcaefbc5d70a2263135db86bd27a0dae150546c2',
      ],
    },
    {
      about: 'Deletes a tag; its image goes too when that was the last one:',
      options: [REPOSITORY, '--image-ids imageTag=_temp'],
    },
    {
      about: 'Deletes several images:',
      options: [
        REPOSITORY,
        '--image-ids imageTag=temp2.0 imageDigest=sha256:47ba980bc055353d9c0af89b1894f68faa43ca93856917b8406316be86f01278',
      ],
    },
    {
      about: "Deletes an image of another account's registry:",
      options: [
        '--registry-id 123456789098',
        REPOSITORY,
        '--image-ids imageDigest=sha256:b1f9deb5fe3711a3278379ebbcaefbc5d70a2263135db86bd27a0dae150546c2',
        '--region us-east-1',
      ],
    },
  ],
  'create-repository': [
    {
      about: 'Creates a repository that the gallery describes:',
      options: [
        REPOSITORY,
        '--catalog-data description="A web server",architectures=ARM,x86-64,operatingSystems=Linux',
      ],
    },
  ],
  'describe-images': [
    {
      about: 'Lists the digests of all images:',
      options: [REPOSITORY, '--query "imageDetails[].imageDigest"', '--output text'],
    },
  ],
}

/** The examples that help gives of an operation. */
export const examplesOf = (operation: string): readonly Example[] => examples[operation] ?? []
