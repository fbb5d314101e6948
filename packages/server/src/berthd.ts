import { service } from '@berth/model'

console.log(service)
