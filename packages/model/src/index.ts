export const service = 'ecr-public'
