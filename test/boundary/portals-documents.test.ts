// Files that the user picks: the app gets them and nothing beside them, and they stay one with the host's files through everything that editors do.
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";
import { backgroundProcesses } from "../support/session.ts";

inOrdinarySession("documents", (session) => {
  let app: PortalApp;
  let other: PortalApp;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  const open = (method: string, options: string, then: string) =>
    app.request(`FileChooser.${method}`, `('', 'Title', {'handle_token': <'TOKEN'>${options}})`, `--then=${then}`);
  const DOCUMENTS = ["--path=/org/freedesktop/portal/documents", "--name=org.freedesktop.portal.Documents"];
  const host = (name: string): string => readFileSync(session().path(name), "utf8");
  before(async () => {
    await startBareBus(session());
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    session().makeFolder("shared");
    session().makeFolder("private");
    app = await makePortalApp(session(), "org.example.Documents", "[Context]\nfilesystems=~/shared;\n");
    other = await makePortalApp(session(), "org.example.DocumentsOther");
  });

  it("a picked file is the app's, the file beside it is not", async () => {
    const file = session().write("private/a.txt", "one");
    const beside = session().write("private/b.txt", "two");
    script({ files: [file] });
    const answer = await open("OpenFile", "", `cat "$1"; echo; ls "$(dirname "$1")"; cat ${beside} 2>&1; echo more >> "$1"`);
    assert.match(answer.stdout, /'uris': <\['file:\/\/\/run\/flatpak\/doc\/[0-9a-f]{32}\/a\.txt'\]>/, answer.stdout + answer.stderr);
    assert.match(answer.stdout, /one\na\.txt\ncat: .*b\.txt: No such file/);
    assert.equal(host("private/a.txt"), "onemore\n");
  });

  it("what the app sees anyway keeps its own path", async () => {
    script({ files: [session().write("shared/own.txt", "x")] });
    assert.match((await open("OpenFile", "", "true")).stdout, new RegExp(`file://${session().path("shared/own.txt")}'`));
  });

  it("no pick, and no way to ask, give nothing", async () => {
    script({ files: null });
    assert.match((await open("OpenFile", "", "true")).stdout, /Response \(uint32 1, @a\{sv\} \{\}\)/);
    const silent = await app.run(["request", "org.freedesktop.portal.FileChooser.OpenFile", "('', 'T', {'handle_token': <'TOKEN'>})"], {
      environment: { TSBOX_DIALOGS: undefined },
    });
    assert.match(silent.stdout, /Response \(uint32 2, @a\{sv\} \{\}\)/);
  });

  it("a file survives an atomic save, a backup by rename, deletion and making anew", async () => {
    const file = session().write("private/save.txt", "v1");
    script({ files: [file] });
    const saved =
      'cd "$(dirname "$1")"; echo v2 > .tmp && mv .tmp save.txt; sleep 0.4; mv save.txt save.txt~; echo v3 > save.txt; sleep 0.4; rm save.txt; echo v4 > save.txt; sleep 0.5; cat save.txt';
    const answer = await open("OpenFile", "", saved);
    assert.match(answer.stdout, /v4/, answer.stdout + answer.stderr);
    await waitFor("the last version outside", () => host("private/save.txt") === "v4\n");
    assert.ok(!existsSync(session().path("private/save.txt~")));
  });

  it("a file that the app deletes is gone outside", async () => {
    const file = session().write("private/gone.txt", "x");
    script({ files: [file] });
    await open("OpenFile", "", 'sleep 0.2; rm "$1"; sleep 2.5');
    await waitFor("the file to go", () => !existsSync(file));
  });

  it("a change and an atomic save outside are seen inside", async () => {
    const file = session().write("private/live.txt", "old");
    script({ files: [file] });
    const ready = session().path("shared/ready");
    const running = app.startRequest(
      "FileChooser.OpenFile",
      "('', 'T', {'handle_token': <'TOKEN'>})",
      `--then=touch ${ready}; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do grep -q new "$1" && echo seen && break; sleep 0.1; done`,
    );
    await waitFor("the app", () => existsSync(ready));
    writeFileSync(`${file}.n`, "new");
    renameSync(`${file}.n`, file);
    assert.match((await running.ended).stdout, /seen/);
  });

  it("CVE-2026-55888: a new file by SaveFile appears outside, its name without a way up", async () => {
    script({ files: [session().path("private/new.txt")] });
    const answer = await open("SaveFile", ", 'current_name': <'new.txt'>", 'echo fresh > "$1"; sleep 0.4; echo more >> "$1"; sleep 0.3');
    assert.match(answer.stdout, /new\.txt/);
    assert.equal(host("private/new.txt"), "fresh\nmore\n");
    for (const name of ["../x", "a/b", ".", "..", "a\\nb"]) {
      assert.match((await app.request("FileChooser.SaveFile", `('', 'T', {'current_name': <'${name}'>})`)).stdout, /Error\.InvalidArgument/, name);
    }
    for (const name of ["../x", "a/b", "", ".", "..", "x".repeat(300)]) {
      assert.match((await app.request("FileChooser.SaveFiles", `('', 'T', {'files': <[b'${name}']>})`)).stdout, /Error\.InvalidArgument/, name);
    }
  });

  it("SaveFiles puts several into a folder under names that are free", async () => {
    session().write("private/many/one.txt", "here");
    script({ files: [session().path("private/many")] });
    const answer = await open("SaveFiles", ", 'files': <[b'one.txt', b'two.txt']>", 'echo saved > "$1"; sleep 0.5');
    assert.match(answer.stdout, /one%20\(1\)\.txt', 'file:.*two\.txt'/);
    assert.equal(host("private/many/one.txt"), "here");
    assert.equal(host("private/many/one (1).txt"), "saved\n");
  });

  it("a picked folder is the folder itself", async () => {
    session().write("private/folder/in.txt", "in");
    script({ files: [session().path("private/folder")] });
    const answer = await open("OpenFile", ", 'directory': <true>", 'cat "$1/in.txt"; mkdir "$1/sub" && echo deep > "$1/sub/x"; mv "$1/in.txt" "$1/out.txt"');
    assert.match(answer.stdout, /folder'\]>.*\n?in/, answer.stdout + answer.stderr);
    assert.equal(host("private/folder/sub/x"), "deep\n");
    assert.equal(host("private/folder/out.txt"), "in");
  });

  it("a file of another file system survives the same", async () => {
    const folder = mkdtempSync("/dev/shm/tsbox-test-");
    try {
      session().write(`${folder}/far.txt`, "far");
      assert.notEqual(statSync(folder).dev, statSync(session().home).dev);
      const { uid, gid } = session().account;
      if (process.getuid?.() === 0) (await import("node:fs")).chownSync(folder, uid, gid);
      script({ files: [`${folder}/far.txt`] });
      const answer = await open("OpenFile", "", 'cat "$1"; cd "$(dirname "$1")"; echo near > t && mv t far.txt; sleep 0.5');
      assert.match(answer.stdout, /far/, answer.stderr);
      await waitFor("the save", () => readFileSync(`${folder}/far.txt`, "utf8") === "near\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("a file passed on by its key is read-only by the kernel unless it was given to write", async () => {
    const file = session().write("shared/pass.txt", "passed");
    const started = app.startRequest(
      "FileTransfer.StartTransfer",
      "({'writable': <false>},)",
      "--path=/org/freedesktop/portal/documents",
      "--name=org.freedesktop.portal.Documents",
      "--stay=1",
    );
    assert.match((await started.ended).stdout, /reply \('[0-9a-f]{64}',\)/);
    const documents = ["--path=/org/freedesktop/portal/documents", "--name=org.freedesktop.portal.Documents"];
    assert.match((await other.call("FileTransfer.RetrieveFiles", `('${"0".repeat(64)}', @a{sv} {})`, ...documents)).stdout, /Error\.NotAllowed/);
    const added = await app.call("Documents.Add", "(handle 0, true, true)", `--fd=${file}`, ...documents);
    const id = /reply \('([0-9a-f]{32})',\)/.exec(added.stdout)?.[1] ?? "";
    const grant = (permissions: string) => app.call("Documents.GrantPermissions", `('${id}', 'org.example.DocumentsOther', ${permissions})`, ...documents);
    // It opened the file for reading alone: it cannot give more.
    assert.match((await grant("['read', 'write']")).stdout, /Error\.NotAllowed/);
    assert.match((await grant("['read']")).stdout, /reply \(\)/);
    const read = await other.call(
      "Documents.GetMountPoint",
      "()",
      ...documents,
      // Once that is answered, what it was given earlier is there.
      `--then=cat /run/flatpak/doc/${id}/pass.txt; echo no > /run/flatpak/doc/${id}/pass.txt; rm -f /run/flatpak/doc/${id}/pass.txt; chmod 777 /run/flatpak/doc/${id}/pass.txt`,
    );
    assert.match(read.stdout, /passed/, read.stdout + read.stderr);
    assert.equal(read.stderr.match(/Read-only file system/g)?.length, 3, read.stderr);
    assert.equal(host("shared/pass.txt"), "passed");
    for (const method of [`Documents.Info`, `Documents.List`]) assert.match((await other.call(method, `('${id}',)`, ...documents)).stdout, /Error\.NotAllowed/);
  });

  it("a link that the app puts in the place of its file leads nowhere outside", async () => {
    const file = session().write("private/safe.txt", "safe");
    const secret = session().write("private/secret.txt", "secret");
    script({ files: [file] });
    const attack = `cd "$(dirname "$1")"; rm safe.txt; ln -s ${secret} safe.txt; sleep 0.5; cat safe.txt; rm safe.txt; mkfifo safe.txt; sleep 0.3`;
    const answer = await open("OpenFile", "", attack);
    assert.doesNotMatch(answer.stdout, /\bsecret\n?$/);
    assert.equal(host("private/secret.txt"), "secret");
    if (existsSync(file)) assert.ok(statSync(file).isFile());
  });

  it("what was picked is there again at the next start, also of a document whose file was saved anew meanwhile", async () => {
    const file = session().write("private/again.txt", "first");
    script({ files: [file] });
    const path = /file:\/\/(\/run\/flatpak\/doc\/[^']+)/.exec((await open("OpenFile", "", "true")).stdout)?.[1] ?? "";
    writeFileSync(`${file}.n`, "second");
    renameSync(`${file}.n`, file);
    const later = await app.run(["-c", `for i in 1 2 3 4 5 6 7 8 9 10; do cat ${path} 2>/dev/null && break; sleep 0.2; done`], { options: ["--command=sh"] });
    assert.equal(later.stdout, "second", later.stderr);
  });

  const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

  it("a document whose folder the app exchanges for a link reads, writes and takes away nothing where the link leads", async () => {
    for (const place of [session().path(".var/app/org.example.Documents/data"), session().path("shared")]) {
      const secret = session().write("secret/id_rsa", "the user's");
      const d = `${place}/d`;
      const attack = [
        "stage=/run/flatpak/doc/$REPLY",
        `cat $stage/id_rsa; mv ${d} ${d}-away; ln -s ${session().path("secret")} ${d}`,
        `touch $stage/id_rsa; sleep 0.3; grep -c user $stage/id_rsa`,
        `echo evil > $stage/n; mv $stage/n $stage/id_rsa; sleep 0.4`,
        `rm $stage/id_rsa; sleep 2.5; ls -A $stage; rm ${d}; mv ${d}-away ${d}`,
      ];
      const make = await app.run(["-c", `mkdir -p ${d} && echo mine > ${d}/id_rsa`], { options: ["--command=sh"] });
      assert.equal(make.status, 0, make.stderr);
      const added = await app.call("Documents.Add", "(handle 0, true, true)", ...DOCUMENTS, `--fd=${d}/id_rsa:rw`, `--then=${attack.join("; ")}`);
      assert.match(added.stdout, /reply \('[0-9a-f]{32}',\)\nmine\n0\n/, added.stdout + added.stderr);
      assert.equal(host("secret/id_rsa"), "the user's");
      assert.equal(statSync(secret).nlink, 1);
      await app.run(["-c", `rm -r ${d}`], { options: ["--command=sh"] });
    }
  });

  it("a document whose folder is another one at the next start is not shown", async () => {
    session().write("shared/moved/a.txt", "mine");
    session().write("secret/a.txt", "the user's");
    const added = await app.call("Documents.Add", "(handle 0, true, true)", ...DOCUMENTS, `--fd=${session().path("shared/moved/a.txt")}:rw`);
    const id = /reply \('([0-9a-f]{32})',\)/.exec(added.stdout)?.[1] ?? "";
    const swap = await app.run(["-c", `cd ${session().path("shared")} && mv moved gone && ln -s ${session().path("secret")} moved`], {
      options: ["--command=sh"],
    });
    assert.equal(swap.status, 0, swap.stderr);
    const later = await app.run(["-c", `sleep 1; cat /run/flatpak/doc/${id}/a.txt; echo evil > /run/flatpak/doc/${id}/a.txt`], { options: ["--command=sh"] });
    assert.doesNotMatch(later.stdout, /user/);
    assert.equal(host("secret/a.txt"), "the user's");
  });

  it("a folder is not passed on, as its document would have no covers", async () => {
    session().makeFolder("shared/tree");
    const tree = `--fd=${session().path("shared/tree")}`;
    assert.match((await app.call("Documents.Add", "(handle 0, true, true)", ...DOCUMENTS, tree)).stdout, /Error\.NotAllowed/);
    assert.match((await app.call("Documents.AddFull", "([handle 0], uint32 8, '', ['read'])", ...DOCUMENTS, tree)).stdout, /Error\.NotAllowed/);
  });

  it("a picked folder that is, holds or lies in a guarded one is refused", async () => {
    for (const folder of [session().home, session().path(".config"), session().path(".config/autostart/x"), session().path(".local/share/tsbox")]) {
      session().makeFolder(folder.slice(session().home.length + 1) || ".");
      script({ files: [folder] });
      const answer = await open("OpenFile", ", 'directory': <true>", "true");
      assert.doesNotMatch(answer.stdout, /run\/flatpak\/doc/, folder);
      assert.match(answer.stdout, /Response \(uint32 2/, folder + answer.stdout);
    }
  });

  it("a name that the app planted as a link and the user picks gives nothing but what the app sees anyway", async () => {
    session().write(".bashrc", "# the user's");
    session().write("shared/target.txt", "seen");
    const plant = await app.run(["-c", `cd ${session().path("shared")} && ln -sf ../.bashrc report.txt && ln -sf .. up && ln -sf target.txt fine.txt`], {
      options: ["--command=sh"],
    });
    assert.equal(plant.status, 0, plant.stderr);
    for (const name of ["report.txt", "up/.bashrc", "up/new.txt"]) {
      script({ files: [session().path(`shared/${name}`)] });
      assert.match((await open("SaveFile", "", "true")).stdout, /Response \(uint32 2/, name);
    }
    script({ files: [session().path("shared/fine.txt")] });
    assert.match((await open("OpenFile", "", "true")).stdout, /shared\/target\.txt'/);
  });

  it("a folder that the app puts in the place of its file ends no broker", async () => {
    const file = session().write("private/dir.txt", "x");
    script({ files: [file] });
    const brokers = (): readonly number[] =>
      backgroundProcesses(session().runtimeDirectory).flatMap(({ pid, argv }) => (argv.some((word) => word.endsWith("/broker.cjs")) ? pid : []));
    await other.call("Documents.GetMountPoint", "()", ...DOCUMENTS);
    const before = brokers();
    assert.equal(before.length, 1);
    await open("OpenFile", "", 'cd "$(dirname "$1")"; rm dir.txt; mkdir dir.txt; touch dir.txt/in; sleep 0.3');
    await pause(1000);
    assert.deepEqual(brokers(), before);
    const list = await other.call("Documents.GetMountPoint", "()", ...DOCUMENTS);
    assert.match(list.stdout, /reply/, list.stdout + list.stderr);
    script({ files: [session().write("private/after.txt", "alive")] });
    assert.match((await open("OpenFile", "", 'cat "$1"')).stdout, /alive/);
  });

  it("a large file of another file system is refused to be copied, with holes too", async () => {
    const folder = mkdtempSync("/dev/shm/tsbox-test-");
    try {
      const { uid, gid } = session().account;
      if (process.getuid?.() === 0) chownSync(folder, uid, gid);
      writeFileSync(`${folder}/holes`, "");
      truncateSync(`${folder}/holes`, 257 * 1024 * 1024);
      chmodSync(folder, 0o555);
      script({ files: [`${folder}/holes`] });
      const answer = await open("OpenFile", "", 'ls "$(dirname "$1")"; echo end');
      assert.doesNotMatch(answer.stdout, /^holes$/m, answer.stdout);
      assert.match(answer.stdout, /end/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
