#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { runProcess } from '@sallyport/cli'

await runProcess()
