// Run by the build: performs one ordinary command, and keeps the code that V8 compiled for it beside the program.

const { writeFileSync } = require('node:fs')
const { createServer } = require('node:http')
const { join } = require('node:path')
const { loadProgram } = require(process.argv[2])

const folder = join(__dirname, 'dist')
const answer = '{"imageIds":[{"imageDigest":"sha256:0","imageTag":"v1"}],"failures":[]}'
const scripts = new Map()

const server = createServer((request, response) => {
  request.resume().on('end', () => response.end(answer))
})
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`
  process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = 'none'
  process.env.HOME = join(folder, 'no-home')
  const command = 'ecr-public batch-delete-image --repository-name team/web --image-ids imageTag=v1 --region us-east-1'
  process.argv = [process.execPath, 'berth', ...command.split(' '), '--endpoint-url', url]
  process.on('exit', () => {
    for (const [file, script] of scripts) writeFileSync(file, script.createCachedData())
  })
  loadProgram({ folder, require, onPart: (script, file) => scripts.set(file, script) })
})
