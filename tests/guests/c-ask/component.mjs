// node component.mjs WORLD CORE COMPONENT: makes a core module a component of one of the worlds below.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';

const WASI = 'node_modules/@spinframework/wasi-http-proxy/wit/wasi-http@0.2.3.wit';
const SPIN = '../../../wit/deps';
const LEGACY = ['http.wit', 'llm.wit', 'inbound-http.wit'].map(name => join(SPIN, 'spin-unversioned', name));

const WORLDS = `
world ask {
  import fermyon:spin/llm@2.0.0;
  export wasi:http/incoming-handler@0.2.3;
}
world legacy {
  import fermyon:spin/llm;
  import fermyon:spin/http;
  export fermyon:spin/inbound-http;
}
`;

/** One package of several files, as a package nested in another file. */
async function nested(...files) {
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8')));
  const [, name] = texts[0].match(/^package ([^;]+);/m);
  return `package ${name} {${texts.map(text => text.replace(/^package [^;]+;/m, '')).join('')}}\n`;
}

const [world, core, component] = process.argv.slice(2);
const witSource = [
  await readFile(WASI, 'utf8'),
  await nested(join(SPIN, 'spin-2.0.0/llm.wit')),
  await nested(...LEGACY),
  WORLDS,
].join('');
const embedded = await componentEmbed({ binary: await readFile(core), world, witSource });
await writeFile(component, await componentNew(embedded, []));
