#include <Python.h>

/* The sum of the numbers from 1 to n: something that only a compiler makes into a module. */
static PyObject *up_to(PyObject *self, PyObject *args) {
  long n, total = 0;
  if (!PyArg_ParseTuple(args, "l", &n)) return NULL;
  for (long i = 1; i <= n; i++) total += i;
  return PyLong_FromLong(total);
}

static PyMethodDef methods[] = {{"upto", up_to, METH_VARARGS, "The sum of the numbers from 1 to n."}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fastsum", 0, -1, methods};

PyMODINIT_FUNC PyInit_fastsum(void) { return PyModule_Create(&module); }
