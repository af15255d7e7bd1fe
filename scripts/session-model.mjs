// `npm run session-model -- [runs]`: the model test of sessions with more runs than the suite makes (default: 3000).
import { startVitest } from 'vitest/node'

process.env.VITE_MODEL_RUNS = process.argv[2] ?? '3000'

const vitest = await startVitest('test', ['test/accounts/session-model.test.ts'], { project: 'd1', watch: false })
await vitest.close()
