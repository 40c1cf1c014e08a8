/* For tests only. Wine 8 has no bcryptprimitives.dll, from which wheels built with Rust import one function: random bytes.
   advapi32's SystemFunction036 (RtlGenRandom) gives the same. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE into, SIZE_T length)
{
    return SystemFunction036(into, (ULONG)length);
}
