#!/usr/bin/env node
import { service } from '@berth/model'

console.log(service)
