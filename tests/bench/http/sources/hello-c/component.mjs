// node component.mjs CORE COMPONENT: makes a core module of the world `hello` a component.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';

const VERSION = '0.2.12';
const PACKAGES = ['io', 'clocks', 'random', 'cli', 'filesystem', 'sockets', 'http'];

const library = join(dirname(fileURLToPath(import.meta.resolve('@bytecodealliance/jco'))), '..', 'lib');

/** A package's file as a package nested in another file: its first line, then all else in braces. */
async function nested(name) {
  const file = join(library, 'wit', 'builtin', VERSION, `wasi-${name}`, 'package.wit');
  const [first, ...rest] = (await readFile(file, 'utf8')).split('\n');
  return `${first.replace(';', ' {')}\n${rest.join('\n')}\n}\n`;
}

const [core, component] = process.argv.slice(2);
const witSource = `package bench:hello;
world hello {
  import wasi:io/streams@${VERSION};
  import wasi:http/types@${VERSION};
  export wasi:http/incoming-handler@${VERSION};
}
${(await Promise.all(PACKAGES.map(nested))).join('')}`;
const embedded = await componentEmbed({ binary: await readFile(core), world: 'hello', witSource });
await writeFile(component, await componentNew(embedded, []));
