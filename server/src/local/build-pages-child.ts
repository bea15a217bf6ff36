import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

// A build that nobody waits for any more is of no use: end with the parent.
process.once('disconnect', () => process.exit(1))

const [webFolder, outDir] = process.argv.slice(2)
if (!webFolder || !outDir) throw new Error('usage: build-pages-child WEB_FOLDER OUT_FOLDER')

// Vite belongs to the pages' package, not to the server's.
const vitePath = createRequire(path.join(webFolder, 'package.json')).resolve('vite')
const vite: { build(options: object): Promise<unknown> } = await import(pathToFileURL(vitePath).href)
try {
  await vite.build({
    root: webFolder,
    logLevel: 'warn',
    configLoader: 'native',
    build: { outDir, emptyOutDir: true },
  })
  process.exit(0)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exit(1)
}
