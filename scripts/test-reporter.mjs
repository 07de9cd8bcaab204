// A vitest reporter: one line a file, failures in full, and what was skipped with the reason given for it.
// It keeps the results; whoever runs it prints the closing line.

export class TestReporter {
  passed = 0;
  failures = [];
  skips = [];

  onInit(vitest) {
    this.vitest = vitest;
  }

  onUserConsoleLog(log) {
    process.stdout.write(log.content);
  }

  onTestModuleEnd(file) {
    const failed = [];
    const skipped = [];
    let passed = 0;
    for (const test of file.children.allTests()) {
      const { state, errors, note } = test.result();
      if (state === "passed") passed += 1;
      else if (state === "failed") failed.push({ title: test.fullName, errors });
      else if (this.isLeftOut(test, note)) continue;
      else skipped.push({ title: `${file.relativeModuleId} > ${test.fullName}`, reason: reasonOf(test, note) });
    }
    // An import that throws, or a hook of a whole file or suite, fails without failing any one test.
    for (const suite of [file, ...file.children.allSuites()]) {
      const errors = suite.errors();
      if (errors.length > 0) failed.push({ title: suite === file ? "the file itself" : suite.fullName, errors });
    }
    this.passed += passed;
    this.skips.push(...skipped);
    const counts = [`${passed} passed`];
    if (failed.length > 0) counts.push(`${failed.length} failed`);
    if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
    if (passed + failed.length + skipped.length === 0) return;
    const seconds = (file.diagnostic().duration / 1000).toFixed(1);
    print(`${failed.length > 0 ? "FAIL" : " ok "}  ${file.relativeModuleId}  ${counts.join(", ")}, ${seconds} s`);
    for (const { title, errors } of failed)
      this.addFailure(`${file.relativeModuleId} > ${title}`, errors, file.project);
  }

  onTestRunEnd(_files, unhandledErrors) {
    for (const error of unhandledErrors) this.addFailure(`outside any test: ${error.name ?? "error"}`, [error]);
  }

  addFailure(title, errors, project) {
    this.failures.push(title);
    print(`\nFAIL  ${title}`);
    for (const error of errors) this.vitest.logger.printError(error, { project });
  }

  // With `-t pattern` vitest marks every test of another name as skipped; nobody skipped those.
  isLeftOut(test, note) {
    const pattern = this.vitest.config.testNamePattern;
    return pattern !== undefined && note === undefined && !pattern.test(test.fullName.replaceAll(" > ", " "));
  }
}

// The reason is the note given to `context.skip(reason)`, or what the name says in brackets or after a colon or dash.
function reasonOf(test, note) {
  if (note !== undefined) return note;
  if (test.options.mode === "todo") return "still to be written";
  const written = /(?:\(([^()]+)\)|(?::| [-–—]) (.+))$/.exec(test.name);
  return written?.[1] ?? written?.[2] ?? "no reason given; write `context.skip(reason)`";
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
