// The words that ECR Public supports in catalog data. Publishers tick them.

export const OPERATING_SYSTEMS = ['Linux', 'Windows'] as const
export const ARCHITECTURES = ['ARM', 'ARM 64', 'x86', 'x86-64'] as const
