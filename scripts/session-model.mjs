// The model-based test with more runs than the suite makes: `node scripts/model.mjs [runs=3000]`
import { startVitest } from 'vitest/node'

process.env.VITE_MODEL_RUNS = process.argv[2] ?? '3000'

const vitest = await startVitest('test', ['test/model.test.ts'], { project: 'd1', watch: false })
await vitest.close()
